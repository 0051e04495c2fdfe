/**
 * Text attributes of HDF5 objects, stored in place (fixed length) or in a global heap (variable length).
 *
 *   version 1: version, reserved, name size u16, datatype size u16, dataspace size u16, then the three padded to 8, value
 *   version 3: the same with flags for reserved and a character set byte before the name, without padding
 */
import type { WindowedSource } from "../windowedSource.ts";
import { type Hdf5Sizes, readNumber, take } from "./objectHeader.ts";

const STRING_CLASS = 3;
const VARIABLE_CLASS = 9;
const MAX_TEXT_BYTES = 16 * 1024 * 1024;
const MAX_HEAP_OBJECTS = 10_000;

export interface Hdf5Attribute {
  readonly name: string;
  readonly text: string;
}

/** The attribute if it is text, otherwise `undefined`. */
export async function readAttribute(
  source: WindowedSource,
  sizes: Hdf5Sizes,
  message: Buffer,
): Promise<Hdf5Attribute | undefined> {
  const version = message[0];
  if (message.length < 9 || (version !== 1 && version !== 2 && version !== 3)) return undefined;
  const pad = (size: number) => (version === 1 ? Math.ceil(size / 8) * 8 : size);
  const [nameBytes, typeBytes, spaceBytes] = [2, 4, 6].map((at) => message.readUInt16LE(at)) as [
    number,
    number,
    number,
  ];
  const nameAt = version === 3 ? 9 : 8;
  const typeAt = nameAt + pad(nameBytes);
  const valueAt = typeAt + pad(typeBytes) + pad(spaceBytes);
  if (valueAt > message.length || typeBytes < 8) return undefined;
  const name = withoutZeros(message.subarray(nameAt, nameAt + nameBytes));
  const typeClass = message[typeAt]! & 15;
  const size = message.readUInt32LE(typeAt + 4);
  const value = message.subarray(valueAt);
  if (typeClass === STRING_CLASS) return { name, text: withoutZeros(value.subarray(0, size)) };
  if (typeClass !== VARIABLE_CLASS || value.length < 4 + sizes.offsetBytes + 4) return undefined;
  const text = await heapText(source, sizes, value);
  return text === undefined ? undefined : { name, text };
}

/** A value in a global heap: length u32, heap address, index u32. Heap: "GCOL", 4 bytes, size, objects. */
async function heapText(source: WindowedSource, sizes: Hdf5Sizes, value: Buffer): Promise<string | undefined> {
  const length = value.readUInt32LE(0);
  const address = readNumber(value, 4, sizes.offsetBytes);
  const index = value.readUInt32LE(4 + sizes.offsetBytes);
  const { lengthBytes } = sizes;
  const head = await take(source, address, 8 + lengthBytes);
  if (head.toString("latin1", 0, 4) !== "GCOL" || length > MAX_TEXT_BYTES) return undefined;
  const end = address + readNumber(head, 8, lengthBytes);
  let at = address + 8 + lengthBytes;
  for (let i = 0; i < MAX_HEAP_OBJECTS && at + 8 + lengthBytes <= end; i++) {
    const object = await take(source, at, 8 + lengthBytes);
    const size = readNumber(object, 8, lengthBytes);
    if (object.readUInt16LE(0) === index) {
      return withoutZeros(await take(source, at + 8 + lengthBytes, Math.min(length, size)));
    }
    at += 8 + lengthBytes + Math.ceil(size / 8) * 8;
  }
  return undefined;
}

function withoutZeros(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString("utf8", 0, end < 0 ? bytes.length : end);
}
