/**
 * Writes safetensors: the header first, from names, dtypes and shapes alone, then the data tensor by tensor.
 *
 * The bytes depend only on the tensors and the metadata: tensors lie in the order given, the header lists them in that
 * order, and is padded with spaces so that the data starts at a multiple of 64. (The format asks for no alignment; this
 * one lets a reader map float32 in place.)
 */
import { concatBytes, utf8 } from "../../../core/bytes.ts";
import type { Dtype } from "../../tensor.ts";
import { blockSize, checkDeclared } from "../dtype.ts";
import { formatError } from "../errors.ts";
import { MAX_HEADER_BYTES, MAX_TENSORS } from "../limits.ts";
import { LENGTH_BYTES } from "./header.ts";

const ALIGNMENT = 64;

export interface TensorShape {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
}

export interface SafetensorsLayout {
  /** The 8 length bytes and the header: the first bytes of the file. */
  readonly header: Uint8Array;
  /** Bytes of each tensor, in the order given. */
  readonly byteLengths: readonly number[];
  /** Bytes of the whole file. */
  readonly fileBytes: number;
}

/**
 * The header for `tensors`. Throws `tensor_duplicate`, `tensor_name_invalid`, `tensor_shape_invalid`,
 * `too_many_tensors`, `header_too_large`, and `dtype_unsupported` for types stored in blocks.
 */
export function layoutSafetensors(
  tensors: readonly TensorShape[],
  metadata: ReadonlyMap<string, string> = new Map(),
): SafetensorsLayout {
  if (tensors.length > MAX_TENSORS) {
    throw formatError("too_many_tensors", `tensors: expected at most ${MAX_TENSORS}, got ${tensors.length}`);
  }
  const entries: string[] = [];
  if (metadata.size > 0) {
    const pairs = [...metadata].map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
    entries.push(`"__metadata__":{${pairs.join(",")}}`);
  }
  const names = new Set<string>();
  const byteLengths: number[] = [];
  let position = 0;
  for (const { name, dtype, shape } of tensors) {
    const { byteLength } = checkDeclared(name, dtype, shape);
    if (blockSize(dtype).elements > 1) {
      throw formatError("dtype_unsupported", `tensor ${name}: safetensors has no ${dtype}`, { name, dtype });
    }
    if (names.has(name) || name === "__metadata__") {
      throw formatError("tensor_duplicate", `tensor ${name}: stands twice, or is reserved`, { name });
    }
    names.add(name);
    byteLengths.push(byteLength);
    const end = position + byteLength;
    entries.push(
      `${JSON.stringify(name)}:{"dtype":"${dtype}","shape":[${shape.join(",")}],"data_offsets":[${position},${end}]}`,
    );
    position = end;
  }
  const header = encodeHeader(`{${entries.join(",")}}`);
  return { header, byteLengths, fileBytes: header.length + position };
}

/** A whole safetensors file in memory, for small sets of tensors. Throws `tensor_size_mismatch` too. */
export function encodeSafetensors(
  tensors: readonly (TensorShape & { readonly bytes: Uint8Array })[],
  metadata?: ReadonlyMap<string, string>,
): Uint8Array {
  const { header, byteLengths } = layoutSafetensors(tensors, metadata);
  for (const [i, { name, bytes }] of tensors.entries()) checkTensorBytes(name, bytes, byteLengths[i]!);
  return concatBytes([header, ...tensors.map((tensor) => tensor.bytes)]);
}

/** Throws `tensor_size_mismatch` unless `bytes` has the length that was announced in the header. */
function checkTensorBytes(name: string, bytes: Uint8Array, expected: number): void {
  if (bytes.length === expected) return;
  throw formatError("tensor_size_mismatch", `tensor ${name}: expected ${expected} bytes, got ${bytes.length}`, {
    name,
    expected,
    got: bytes.length,
  });
}

function encodeHeader(json: string): Uint8Array {
  const text = utf8(json);
  const headerBytes = Math.ceil((LENGTH_BYTES + text.length) / ALIGNMENT) * ALIGNMENT - LENGTH_BYTES;
  if (headerBytes > MAX_HEADER_BYTES) {
    throw formatError("header_too_large", `header: expected at most ${MAX_HEADER_BYTES} bytes, got ${headerBytes}`);
  }
  const header = new Uint8Array(LENGTH_BYTES + headerBytes).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(headerBytes), true);
  header.set(text, LENGTH_BYTES);
  return header;
}
