/**
 * Walks the first bytes of a GGUF file. The header's length stands nowhere, so a prefix of the file is parsed, and when
 * it turns out too short the parsing starts again on a longer one.
 */
import { formatError } from "../errors.ts";
import { MAX_GGUF_HEADER_BYTES } from "../limits.ts";
import { GGUF_TYPES, type GgufScalar, type GgufScalarType } from "./values.ts";

const SCALAR_TYPES: ReadonlyMap<number, GgufScalarType> = new Map(
  Object.entries(GGUF_TYPES).flatMap(([name, id]) => (name === "array" ? [] : [[id, name as GgufScalarType] as const])),
);

/** Not an error of the file: more of it must be read. */
export class NeedMoreBytes {
  readonly byteLength: number;
  constructor(byteLength: number) {
    this.byteLength = byteLength;
  }
}

export class GgufCursor {
  readonly name: string;
  readonly #bytes: Buffer;
  readonly #fileBytes: number;
  #position = 0;

  /** `bytes` is the start of a file of `fileBytes`. */
  constructor(name: string, bytes: Uint8Array, fileBytes: number) {
    this.name = name;
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#fileBytes = fileBytes;
  }

  get position(): number {
    return this.#position;
  }

  /** Bytes from here to the end of the file. */
  get remaining(): number {
    return this.#fileBytes - this.#position;
  }

  u32(): number {
    return this.#bytes.readUInt32LE(this.#take(4));
  }

  /** A count or length in 8 bytes. Values above 2^53 cannot be right. */
  u64(what: string): number {
    const value = this.#bytes.readBigUInt64LE(this.#take(8));
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw this.invalid(`${what} of ${value} is above 2^53`);
    return Number(value);
  }

  /** A count of things that take at least `minBytes` each: it cannot exceed what the file still holds. */
  count(what: string, minBytes: number): number {
    const value = this.u64(what);
    if (value > this.remaining / minBytes) throw this.invalid(`${value} ${what} do not fit the file`);
    return value;
  }

  /** Keys and names are strict UTF-8. */
  name8(what: string, maxBytes: number): string {
    const length = this.u64(`length of a ${what}`);
    if (length > maxBytes) throw this.invalid(`a ${what} of ${length} bytes is longer than ${maxBytes}`);
    const at = this.#take(length);
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.#bytes.subarray(at, at + length));
    } catch {
      throw this.invalid(`a ${what} is not UTF-8`);
    }
  }

  scalarType(): GgufScalarType | "array" {
    const id = this.u32();
    if (id === GGUF_TYPES.array) return "array";
    const type = SCALAR_TYPES.get(id);
    if (type === undefined) throw this.invalid(`value type ${id} does not exist`);
    return type;
  }

  scalar(type: GgufScalarType): GgufScalar {
    const bytes = this.#bytes;
    switch (type) {
      case "u8":
        return bytes.readUInt8(this.#take(1));
      case "i8":
        return bytes.readInt8(this.#take(1));
      case "u16":
        return bytes.readUInt16LE(this.#take(2));
      case "i16":
        return bytes.readInt16LE(this.#take(2));
      case "u32":
        return this.u32();
      case "i32":
        return bytes.readInt32LE(this.#take(4));
      case "f32":
        return bytes.readFloatLE(this.#take(4));
      case "f64":
        return bytes.readDoubleLE(this.#take(8));
      case "u64":
        return exact(bytes.readBigUInt64LE(this.#take(8)));
      case "i64":
        return exact(bytes.readBigInt64LE(this.#take(8)));
      case "bool":
        return this.#bool();
      case "string":
        return this.#string();
    }
  }

  invalid(reason: string): Error {
    return formatError("gguf_invalid", `${this.name}: ${reason}`, { at: this.#position });
  }

  #bool(): boolean {
    const value = this.#bytes.readUInt8(this.#take(1));
    if (value > 1) throw this.invalid(`a boolean is ${value}`);
    return value === 1;
  }

  /** Values may hold bytes that are no UTF-8 (some vocabularies do): those become U+FFFD. */
  #string(): string {
    const length = this.u64("length of a string");
    const at = this.#take(length);
    return this.#bytes.toString("utf8", at, at + length);
  }

  #take(length: number): number {
    const at = this.#position;
    const end = at + length;
    if (end > this.#bytes.length) {
      if (end > this.#fileBytes) throw formatError("file_truncated", `${this.name}: the header is cut off at ${at}`);
      if (end > MAX_GGUF_HEADER_BYTES) {
        throw formatError(
          "header_too_large",
          `${this.name}: expected a header of at most ${MAX_GGUF_HEADER_BYTES} bytes`,
        );
      }
      throw new NeedMoreBytes(end);
    }
    this.#position = end;
    return at;
  }
}

function exact(value: bigint): number | bigint {
  const small = value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
  return small ? Number(value) : value;
}
