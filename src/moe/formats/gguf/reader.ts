/**
 * A GGUF file, or all parts of a split one, as a tensor source with the file's metadata.
 *
 * Names and order are the file's: `token_embd.weight`, `blk.{i}.attn_q.weight`, `blk.{i}.ffn_gate_exps.weight`, ….
 * Shapes are outermost first, as everywhere here: a matrix is [out, in], a stack of experts [experts, out, in], and one
 * expert of a stack is the contiguous range `expert * byteLength / experts` (read it with `readRange`).
 * Files of the architecture "llama" (Mixtral among them) hold query and key rows in another order than Hugging Face
 * checkpoints: within each head row 2i is row i, and row 2i + 1 is row i + headDim / 2.
 */
import { join } from "node:path";
import { errorCode } from "../../../core/errors.ts";
import { type ByteSource, type OpenFileOptions, openFile } from "../byteSource.ts";
import { formatError } from "../errors.ts";
import { MAX_SHARDS } from "../limits.ts";
import { closeAll, type PlacedTensor, PlacedTensors, type TensorFile } from "../placedTensors.ts";
import { splitFused } from "./fusedTensors.ts";
import { type GgufHeader, readGgufHeader } from "./header.ts";
import type { GgufMetadata } from "./values.ts";

/** Split files are called `name-00001-of-00003.gguf`. */
const PART_NAME = /^(.*)-[0-9]{5}-of-([0-9]{5})\.gguf$/;

export interface GgufFile {
  readonly metadata: GgufMetadata;
  readonly tensors: PlacedTensors;
}

/**
 * Reads the header of `source` and, if it is one part of a split file, opens all the others in `folder`.
 * Takes over `source` on success; on a failure it stays the caller's. Throws a `FormatErrorCode`.
 */
export async function readGguf(source: ByteSource, folder: string, options: OpenFileOptions = {}): Promise<GgufFile> {
  const first = await readPart(source, options.signal);
  const others: Part[] = [];
  try {
    for (const name of otherParts(first)) others.push(await openPart(folder, name, options));
    const parts = [first, ...others];
    checkSplit(parts);
    const described = parts.find(({ header }) => header.metadata.has("general.architecture")) ?? first;
    const { metadata } = described.header;
    const files = parts.map(({ file: { source, tensors } }) => ({ source, tensors: splitFused(tensors, metadata) }));
    return { metadata, tensors: new PlacedTensors(files) };
  } catch (error) {
    await closeAll(others.map((part) => part.file.source));
    throw error;
  }
}

/** The tensors of a parsed header. Throws `dtype_unsupported` for types that cannot be read. */
export function ggufTensorFile(source: ByteSource, header: GgufHeader): TensorFile {
  const tensors = new Map<string, PlacedTensor>();
  for (const [name, { type, shape, byteLength, fileOffset }] of header.tensors) {
    if (type.dtype === undefined) {
      throw formatError("dtype_unsupported", `tensor ${name}: ${type.name} cannot be read`, { name, type: type.name });
    }
    tensors.set(name, { name, dtype: type.dtype, shape, byteLength, fileOffset });
  }
  return { source, tensors };
}

interface Part {
  readonly header: GgufHeader;
  readonly file: TensorFile;
}

async function readPart(source: ByteSource, signal?: AbortSignal): Promise<Part> {
  const header = await readGgufHeader(source, signal);
  return { header, file: ggufTensorFile(source, header) };
}

async function openPart(folder: string, name: string, options: OpenFileOptions): Promise<Part> {
  let source: ByteSource;
  try {
    source = await openFile(join(folder, name), options);
  } catch (error) {
    if (errorCode(error) !== "file_missing") throw error;
    throw formatError("shard_missing", `${name}: this part of the split file is not there`, { name });
  }
  try {
    return await readPart(source, options.signal);
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** Names of the parts besides `first`, derived from the name that the user gave, never from the file's content. */
function otherParts(first: Part): string[] {
  const count = first.header.metadata.natural("split.count") ?? 0;
  if (count <= 1) return [];
  const { name } = first.file.source;
  const match = PART_NAME.exec(name);
  if (match === null || Number(match[2]) !== count || count > MAX_SHARDS) {
    throw formatError("shard_missing", `${name}: is one of ${count} parts, but its name does not say which`, { count });
  }
  const numbers = Array.from({ length: count }, (_, i) => String(i + 1).padStart(5, "0"));
  return numbers.map((number) => `${match[1]}-${number}-of-${match[2]}.gguf`).filter((part) => part !== name);
}

/** Each part must say that it is another one of the same number of parts, which together hold so many tensors. */
function checkSplit(parts: readonly Part[]): void {
  if (parts.length === 1) return;
  const numbers = new Set(parts.map(({ header }) => header.metadata.natural("split.no")));
  const counts = new Set(parts.map(({ header }) => header.metadata.natural("split.count")));
  const tensors = parts.reduce((sum, { header }) => sum + header.tensors.size, 0);
  const whole = parts.every(({ header }) => (header.metadata.natural("split.tensors.count") ?? tensors) === tensors);
  if (whole && numbers.size === parts.length && counts.size === 1 && !numbers.has(undefined)) return;
  throw formatError("index_mismatch", `${parts[0]!.file.source.name}: the parts do not belong together`);
}
