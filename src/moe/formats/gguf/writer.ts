/**
 * The header of a GGUF file, version 3, from metadata, names, types and shapes alone; the data is written after it,
 * tensor by tensor, each padded to the alignment. Layout: `header.ts`.
 */
import { concatBytes, utf8 } from "../../../core/bytes.ts";
import type { Dtype } from "../../tensor.ts";
import { checkDeclared } from "../dtype.ts";
import { formatError } from "../errors.ts";
import { ggmlTypeId } from "../ggml/types.ts";
import { MAX_TENSORS } from "../limits.ts";
import { GGUF_TYPES, type GgufScalar, type GgufScalarType, type GgufValue } from "./values.ts";

export const GGUF_ALIGNMENT = 32;
const VERSION = 3;

export interface GgufTensorShape {
  readonly name: string;
  readonly dtype: Dtype;
  /** Outermost first; written innermost first. At most four dimensions. */
  readonly shape: readonly number[];
}

export interface GgufLayout {
  /** Everything before the first tensor, padded to the alignment. */
  readonly header: Uint8Array;
  /** Bytes of each tensor without its padding, in the order given. */
  readonly byteLengths: readonly number[];
  /** Zero bytes to write after each tensor, in the order given. */
  readonly paddings: readonly number[];
  readonly fileBytes: number;
}

/** Throws `tensor_duplicate`, `tensor_shape_invalid`, `dtype_unsupported`, `too_many_tensors`. */
export function layoutGguf(metadata: ReadonlyMap<string, GgufValue>, tensors: readonly GgufTensorShape[]): GgufLayout {
  if (tensors.length > MAX_TENSORS) {
    throw formatError("too_many_tensors", `tensors: expected at most ${MAX_TENSORS}, got ${tensors.length}`);
  }
  const byteLengths = tensors.map(({ name, dtype, shape }) => checkDeclared(name, dtype, shape).byteLength);
  const paddings = byteLengths.map(padding);
  const parts = [utf8("GGUF"), u32(VERSION), u64(tensors.length), u64(metadata.size)];
  for (const [key, value] of metadata) parts.push(string(key), encodeValue(value));
  let offset = 0;
  const names = new Set<string>();
  for (const [i, tensor] of tensors.entries()) {
    if (names.has(tensor.name)) throw formatError("tensor_duplicate", `tensor ${tensor.name}: stands twice`);
    names.add(tensor.name);
    parts.push(...encodeTensor(tensor, offset));
    offset += byteLengths[i]! + paddings[i]!;
  }
  const bytes = concatBytes(parts);
  const header = concatBytes([bytes, new Uint8Array(padding(bytes.length))]);
  return { header, byteLengths, paddings, fileBytes: header.length + offset };
}

function padding(bytes: number): number {
  return (GGUF_ALIGNMENT - (bytes % GGUF_ALIGNMENT)) % GGUF_ALIGNMENT;
}

function encodeTensor({ name, dtype, shape }: GgufTensorShape, offset: number): Uint8Array[] {
  const type = ggmlTypeId(dtype);
  if (type === undefined)
    throw formatError("dtype_unsupported", `tensor ${name}: GGUF has no ${dtype}`, { name, dtype });
  if (shape.length > 4 || shape.includes(0)) {
    throw formatError("tensor_shape_invalid", `tensor ${name}: [${shape.join(", ")}] cannot be written to GGUF`);
  }
  return [string(name), u32(shape.length), ...[...shape].reverse().map(u64), u32(type), u64(offset)];
}

function encodeValue(value: GgufValue): Uint8Array {
  if (value.type !== "array") return concatBytes([u32(GGUF_TYPES[value.type]), encodeScalar(value.type, value.value)]);
  const items = concatBytes(value.value.map((item) => encodeScalar(value.items, item)));
  return concatBytes([u32(GGUF_TYPES.array), u32(GGUF_TYPES[value.items]), u64(value.value.length), items]);
}

function encodeScalar(type: GgufScalarType, value: GgufScalar): Uint8Array {
  const bytes = Buffer.alloc(8);
  switch (type) {
    case "string":
      return string(String(value));
    case "bool":
      return Uint8Array.of(value === true ? 1 : 0);
    case "u8":
      return bytes.subarray(0, bytes.writeUInt8(Number(value)));
    case "i8":
      return bytes.subarray(0, bytes.writeInt8(Number(value)));
    case "u16":
      return bytes.subarray(0, bytes.writeUInt16LE(Number(value)));
    case "i16":
      return bytes.subarray(0, bytes.writeInt16LE(Number(value)));
    case "u32":
      return bytes.subarray(0, bytes.writeUInt32LE(Number(value)));
    case "i32":
      return bytes.subarray(0, bytes.writeInt32LE(Number(value)));
    case "f32":
      return bytes.subarray(0, bytes.writeFloatLE(Number(value)));
    case "f64":
      return bytes.subarray(0, bytes.writeDoubleLE(Number(value)));
    case "u64":
      return bytes.subarray(0, bytes.writeBigUInt64LE(BigInt(value)));
    case "i64":
      return bytes.subarray(0, bytes.writeBigInt64LE(BigInt(value)));
  }
}

function string(text: string): Uint8Array {
  const bytes = utf8(text);
  return concatBytes([u64(bytes.length), bytes]);
}

function u32(value: number): Uint8Array {
  return encodeScalar("u32", value);
}

function u64(value: number): Uint8Array {
  return encodeScalar("u64", value);
}
