/**
 * The safetensors header.
 *
 *   8 bytes   N, length of the header, unsigned, little-endian
 *   N bytes   one JSON object in UTF-8 that starts with "{", padded at its end with spaces:
 *             { "name": { "dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end] }, …,
 *               "__metadata__": { "key": "text" } }
 *   the rest  tensor data; offsets count from here, and together the tensors cover every byte exactly once
 *
 * https://github.com/huggingface/safetensors#format
 */
import { excerpt } from "../../../core/bytes.ts";
import type { Dtype } from "../../tensor.ts";
import type { ByteSource } from "../byteSource.ts";
import { blockSize, checkDeclared, isDtype } from "../dtype.ts";
import { formatError } from "../errors.ts";
import { MAX_DIMENSIONS, MAX_HEADER_BYTES, MAX_TENSORS } from "../limits.ts";
import type { PlacedTensor } from "../placedTensors.ts";
import { decodeUtf8, StrictJson } from "../strictJson.ts";

export const LENGTH_BYTES = 8;

export interface SafetensorsHeader {
  readonly tensors: ReadonlyMap<string, PlacedTensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

interface Entry {
  dtype: Dtype;
  shape: number[];
  begin: number;
  end: number;
}

/** Reads and checks the header; nothing after it is read. */
export async function readSafetensorsHeader(source: ByteSource, signal?: AbortSignal): Promise<SafetensorsHeader> {
  const headerBytes = await readHeaderLength(source, signal);
  const text = decodeUtf8(
    await source.read(LENGTH_BYTES, headerBytes, signal),
    "header_invalid",
    `header of ${source.name}`,
  );
  if (!text.startsWith("{")) {
    throw formatError("header_invalid", `header of ${source.name}: expected "{", got ${excerpt(text.slice(0, 16))}`);
  }
  const { entries, metadata } = parse(text, `header of ${source.name}`);
  const dataStart = LENGTH_BYTES + headerBytes;
  return { tensors: place(entries, dataStart, source.byteLength - dataStart), metadata };
}

async function readHeaderLength(source: ByteSource, signal?: AbortSignal): Promise<number> {
  const { name, byteLength } = source;
  if (byteLength < LENGTH_BYTES) {
    throw formatError("file_truncated", `${name}: expected at least ${LENGTH_BYTES} bytes, got ${byteLength}`);
  }
  const bytes = await source.read(0, LENGTH_BYTES, signal);
  if (new TextDecoder("latin1").decode(bytes) === "version ") {
    throw formatError("file_is_lfs_pointer", `${name}: is a Git LFS pointer, not the weights; run "git lfs pull"`);
  }
  const declared = new DataView(bytes.buffer).getBigUint64(0, true);
  if (declared > BigInt(MAX_HEADER_BYTES)) {
    throw formatError("header_too_large", `${name}: expected a header of at most ${MAX_HEADER_BYTES} bytes`, {
      declared: String(declared),
    });
  }
  if (declared < 2n || declared > BigInt(byteLength - LENGTH_BYTES)) {
    throw formatError("file_truncated", `${name}: the header of ${declared} bytes does not fit the file`, {
      declared: Number(declared),
      byteLength,
    });
  }
  return Number(declared);
}

function parse(text: string, what: string): { entries: Map<string, Entry>; metadata: Map<string, string> } {
  const json = new StrictJson(text, "header_invalid", what);
  const entries = new Map<string, Entry>();
  let metadata: Map<string, string> | undefined;
  json.object((name) => {
    if (name === "__metadata__") {
      if (metadata !== undefined) json.fail("__metadata__ stands twice");
      metadata = parseMetadata(json);
      return;
    }
    if (entries.has(name)) {
      throw formatError("tensor_duplicate", `${what}: ${excerpt(name)} stands twice`, { name: excerpt(name) });
    }
    if (entries.size >= MAX_TENSORS) {
      throw formatError("too_many_tensors", `${what}: expected at most ${MAX_TENSORS} tensors`);
    }
    entries.set(name, parseEntry(json, name));
  });
  json.end();
  return { entries, metadata: metadata ?? new Map() };
}

function parseMetadata(json: StrictJson): Map<string, string> {
  const metadata = new Map<string, string>();
  json.object((key) => {
    if (metadata.has(key)) json.fail("a metadata key stands twice");
    if (key === "__proto__") json.fail("unexpected key __proto__");
    metadata.set(key, json.string());
  });
  return metadata;
}

function parseEntry(json: StrictJson, name: string): Entry {
  let dtype: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  json.object((key) => {
    if (key === "dtype" && dtype === undefined) dtype = json.string();
    else if (key === "shape" && shape === undefined) shape = integers(json, MAX_DIMENSIONS);
    else if (key === "data_offsets" && offsets === undefined) offsets = integers(json, 2);
    else json.fail("expected dtype, shape and data_offsets, each once");
  });
  const [begin, end] = offsets ?? [];
  if (dtype === undefined || shape === undefined || begin === undefined || end === undefined) {
    return json.fail("expected dtype, shape and two data_offsets");
  }
  if (!isDtype(dtype) || blockSize(dtype).elements > 1) {
    throw formatError("dtype_unsupported", `tensor ${excerpt(name)}: dtype ${excerpt(dtype)} is not supported`, {
      dtype: excerpt(dtype),
    });
  }
  return { dtype, shape, begin, end };
}

function integers(json: StrictJson, maxCount: number): number[] {
  const values: number[] = [];
  json.array(() => {
    if (values.length >= maxCount) json.fail(`expected at most ${maxCount} numbers`);
    values.push(json.integer());
  });
  return values;
}

/** Turns entries into places in the file. In order of their offsets the tensors must follow each other without a hole. */
function place(entries: Map<string, Entry>, dataStart: number, dataBytes: number): Map<string, PlacedTensor> {
  const tensors = new Map<string, PlacedTensor>();
  for (const [name, { dtype, shape, begin, end }] of entries) {
    const info = checkDeclared(name, dtype, shape);
    if (begin > end || end > dataBytes) {
      throw formatError("tensor_offsets_invalid", `tensor ${name}: [${begin}, ${end}] is not inside the data`, {
        name,
        begin,
        end,
        dataBytes,
      });
    }
    if (end - begin !== info.byteLength) {
      const shapeText = `${dtype} [${shape.join(", ")}]`;
      throw formatError(
        "tensor_size_mismatch",
        `tensor ${name}: ${shapeText} takes ${info.byteLength} bytes, the offsets span ${end - begin}`,
        { name, expected: info.byteLength, got: end - begin },
      );
    }
    tensors.set(name, { ...info, fileOffset: dataStart + begin });
  }
  checkCoverage(tensors, dataStart, dataBytes);
  return tensors;
}

function checkCoverage(tensors: Map<string, PlacedTensor>, dataStart: number, dataBytes: number): void {
  const inOrder = [...tensors.values()].sort((a, b) => a.fileOffset - b.fileOffset || a.byteLength - b.byteLength);
  let position = dataStart;
  for (const { name, fileOffset, byteLength } of inOrder) {
    if (fileOffset !== position) {
      const what = fileOffset < position ? "overlaps the tensor before it" : "leaves a hole before it";
      throw formatError("tensor_offsets_invalid", `tensor ${name}: ${what}`, { name });
    }
    position += byteLength;
  }
  if (position !== dataStart + dataBytes) {
    const extra = dataStart + dataBytes - position;
    throw formatError("tensor_offsets_invalid", `data: ${extra} bytes belong to no tensor`, { extra });
  }
}
