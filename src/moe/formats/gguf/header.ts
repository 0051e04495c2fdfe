/**
 * The header of a GGUF file, versions 2 and 3, little-endian.
 *
 *   "GGUF", version: u32, tensor count: u64, key count: u64
 *   per key:    name: string, type: u32, value          (string = length: u64, bytes; array = item type, count, items)
 *   per tensor: name: string, dimensions: u32, sizes: u64 each, innermost first, ggml type: u32, offset: u64
 *   padding to `general.alignment` (default 32), then tensor data; offsets count from there
 *
 * Each tensor starts where the one before it ends, rounded up to the alignment, as ggml itself demands.
 * https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
import { excerpt } from "../../../core/bytes.ts";
import type { ByteSource } from "../byteSource.ts";
import { checkTensorName, elementCount } from "../dtype.ts";
import { formatError } from "../errors.ts";
import { GGML_TYPES, type GgmlType } from "../ggml/types.ts";
import { MAX_GGUF_ARRAY_ITEMS, MAX_GGUF_HEADER_BYTES, MAX_NAME_BYTES, MAX_TENSORS } from "../limits.ts";
import { GgufCursor, NeedMoreBytes } from "./cursor.ts";
import { GgufMetadata, type GgufValue, SCALAR_BYTES } from "./values.ts";

const FIRST_READ_BYTES = 256 * 1024;
const MAX_ALIGNMENT = 64 * 1024;
const DEFAULT_ALIGNMENT = 32;
/** ggml's own limit. */
const MAX_GGUF_DIMENSIONS = 4;
const MAGIC = 0x46554747;

export interface GgufTensor {
  readonly name: string;
  readonly type: GgmlType;
  /** Outermost first: the file's order reversed. */
  readonly shape: readonly number[];
  readonly byteLength: number;
  /** From the start of the file. */
  readonly fileOffset: number;
}

export interface GgufHeader {
  readonly version: number;
  readonly alignment: number;
  readonly metadata: GgufMetadata;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
}

/** Reads and checks the header. Throws `gguf_invalid`, `gguf_version_unsupported`, `file_truncated` and others. */
export async function readGgufHeader(source: ByteSource, signal?: AbortSignal): Promise<GgufHeader> {
  let wanted = FIRST_READ_BYTES;
  for (;;) {
    const prefix = await source.read(0, Math.min(wanted, source.byteLength), signal);
    try {
      return parse(new GgufCursor(source.name, prefix, source.byteLength), source.byteLength);
    } catch (error) {
      if (!(error instanceof NeedMoreBytes)) throw error;
      // Four times more each time: the repeated work stays below a third of the whole.
      wanted = Math.max(Math.min(prefix.length * 4, MAX_GGUF_HEADER_BYTES), error.byteLength);
    }
  }
}

function parse(cursor: GgufCursor, fileBytes: number): GgufHeader {
  if (cursor.u32() !== MAGIC) throw cursor.invalid('expected "GGUF" at its start');
  const version = cursor.u32();
  if (version !== 2 && version !== 3) throw versionError(cursor.name, version);
  // A tensor takes at least 8 + 1 + 4 + 8 + 4 + 8 bytes, a key 8 + 1 + 4 + 1.
  const tensorCount = cursor.count("tensors", 33);
  const keyCount = cursor.count("keys", 14);
  if (tensorCount > MAX_TENSORS || keyCount > MAX_TENSORS) {
    throw formatError("too_many_tensors", `${cursor.name}: expected at most ${MAX_TENSORS} tensors and keys`);
  }
  const metadata = new GgufMetadata(parseMetadata(cursor, keyCount));
  const declared = Array.from({ length: tensorCount }, () => parseTensor(cursor));
  const alignment = readAlignment(cursor, metadata);
  const tensors = place(cursor, declared, alignment, fileBytes);
  return { version, alignment, metadata, tensors };
}

function parseMetadata(cursor: GgufCursor, count: number): Map<string, GgufValue> {
  const entries = new Map<string, GgufValue>();
  let arrayItems = 0;
  for (let i = 0; i < count; i++) {
    const key = cursor.name8("key", MAX_NAME_BYTES);
    if (entries.has(key) || key === "") throw cursor.invalid(`key ${excerpt(key)} is empty or stands twice`);
    const value = parseValue(cursor, MAX_GGUF_ARRAY_ITEMS - arrayItems);
    if (value.type === "array") arrayItems += value.value.length;
    entries.set(key, value);
  }
  return entries;
}

function parseValue(cursor: GgufCursor, maxItems: number): GgufValue {
  const type = cursor.scalarType();
  if (type !== "array") return { type, value: cursor.scalar(type) };
  const items = cursor.scalarType();
  if (items === "array") throw cursor.invalid("an array of arrays");
  const count = cursor.count("array items", SCALAR_BYTES[items]);
  if (count > maxItems) {
    throw formatError(
      "too_many_entries",
      `${cursor.name}: expected at most ${MAX_GGUF_ARRAY_ITEMS} array items in all`,
    );
  }
  const value = [];
  for (let i = 0; i < count; i++) value.push(cursor.scalar(items));
  return { type, items, value };
}

interface DeclaredTensor extends Omit<GgufTensor, "fileOffset"> {
  readonly offset: number;
}

function parseTensor(cursor: GgufCursor): DeclaredTensor {
  const name = cursor.name8("tensor name", MAX_NAME_BYTES);
  checkTensorName(name);
  const dimensions = cursor.u32();
  if (dimensions > MAX_GGUF_DIMENSIONS) {
    throw formatError("tensor_shape_invalid", `tensor ${name}: expected at most ${MAX_GGUF_DIMENSIONS} dimensions`);
  }
  const shape = Array.from({ length: dimensions }, () => cursor.u64("dimension")).reverse();
  const type = GGML_TYPES.get(cursor.u32());
  if (type === undefined) throw formatError("dtype_unsupported", `tensor ${name}: its ggml type does not exist`);
  const offset = cursor.u64("offset");
  const elements = elementCount(shape);
  // The product is rounded above 2^53, but never below it once it was above: all factors are whole.
  if (shape.some((size) => size === 0) || elements > 2 ** 49 || (shape.at(-1) ?? 1) % type.elements !== 0) {
    throw formatError("tensor_shape_invalid", `tensor ${name}: [${shape.join(", ")}] is no shape for ${type.name}`);
  }
  return { name, type, shape, byteLength: (elements / type.elements) * type.bytes, offset };
}

function readAlignment(cursor: GgufCursor, metadata: GgufMetadata): number {
  const alignment = metadata.natural("general.alignment") ?? DEFAULT_ALIGNMENT;
  const powerOfTwo = alignment > 0 && Number.isInteger(Math.log2(alignment));
  if (powerOfTwo && alignment >= 8 && alignment <= MAX_ALIGNMENT) return alignment;
  throw cursor.invalid(`expected an alignment from 8 to ${MAX_ALIGNMENT}, a power of two, got ${alignment}`);
}

/** Places in the file; in order of their offsets the tensors fill it without hole or overlap. */
function place(cursor: GgufCursor, declared: readonly DeclaredTensor[], alignment: number, fileBytes: number) {
  const align = (offset: number) => Math.ceil(offset / alignment) * alignment;
  const tensors = new Map<string, GgufTensor>();
  const dataStart = align(cursor.position);
  let end = cursor.position;
  for (const { offset, ...tensor } of [...declared].sort((a, b) => a.offset - b.offset)) {
    const { name, byteLength } = tensor;
    const fileOffset = dataStart + offset;
    if (tensors.has(name)) throw formatError("tensor_duplicate", `tensor ${name}: stands twice`, { name });
    if (fileOffset !== align(end)) {
      throw formatError("tensor_offsets_invalid", `tensor ${name}: does not follow the one before it`, {
        name,
        offset,
      });
    }
    end = fileOffset + byteLength;
    if (end > fileBytes) {
      throw formatError("file_truncated", `tensor ${name}: ends at ${end}, the file at ${fileBytes}`, {
        name,
        end,
        fileBytes,
      });
    }
    tensors.set(name, { ...tensor, fileOffset });
  }
  if (fileBytes !== end && fileBytes !== align(end))
    throw cursor.invalid(`${fileBytes - end} bytes follow the last tensor`);
  return tensors;
}

function versionError(name: string, version: number): Error {
  const swapped = version > 0xffff;
  const reason = swapped ? "is big-endian" : `has version ${version}`;
  return formatError("gguf_version_unsupported", `${name}: ${reason}; expected version 2 or 3, little-endian`, {
    version,
  });
}
