/**
 * Snappy, the compression of LevelDB's table blocks: the raw format, unpacking only.
 * https://github.com/google/snappy/blob/main/format_description.txt
 */
import { VarintReader } from "./varint.ts";

/** Throws a `RangeError` when `packed` is damaged or declares more than `maxBytes`. */
export function unpackSnappy(packed: Uint8Array, maxBytes: number): Uint8Array {
  const reader = new VarintReader(packed);
  const length = reader.integer();
  if (length > maxBytes) throw new RangeError(`expected at most ${maxBytes} bytes, got ${length} declared`);
  const out = new Uint8Array(length);
  let at = 0;
  while (!reader.isAtEnd) {
    const tag = reader.byte();
    if ((tag & 3) === 0) {
      const literal = reader.take(literalLength(tag >> 2, reader));
      if (literal.length > length - at) throw new RangeError("expected literals within the declared length");
      out.set(literal, at);
      at += literal.length;
    } else {
      at = copy(out, at, copyLength(tag), copyOffset(tag, reader));
    }
  }
  if (at !== length) throw new RangeError(`expected ${length} bytes, got ${at}`);
  return out;
}

/** Up to 60 in the tag itself, else in the 1 to 4 bytes behind it. */
function literalLength(inTag: number, reader: VarintReader): number {
  return inTag < 60 ? inTag + 1 : littleEndian(reader, inTag - 59) + 1;
}

function copyLength(tag: number): number {
  return (tag & 3) === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
}

function copyOffset(tag: number, reader: VarintReader): number {
  if ((tag & 3) === 1) return (tag >> 5) * 256 + reader.byte();
  return littleEndian(reader, (tag & 3) === 2 ? 2 : 4);
}

function littleEndian(reader: VarintReader, bytes: number): number {
  let value = 0;
  for (let i = 0, factor = 1; i < bytes; i++, factor *= 256) value += reader.byte() * factor;
  return value;
}

/** Byte by byte: source and target may overlap. Returns the new end. */
function copy(out: Uint8Array, at: number, length: number, offset: number): number {
  if (offset === 0 || offset > at || length > out.length - at) {
    throw new RangeError(`expected a copy within ${at} of ${out.length} bytes, got ${length} from ${offset} back`);
  }
  for (let i = at; i < at + length; i++) out[i] = out[i - offset] as number;
  return at + length;
}
