/**
 * Writes a checkpoint folder: weights as safetensors, in several files with an index where they are large, and the
 * small files of the model (config, tokenizer) beside them. Every tensor keeps its name, type and bytes.
 *
 * Files appear whole or not at all, and the index last: a folder with an index is complete.
 */
import { join } from "node:path";
import { excerpt, utf8 } from "../../core/bytes.ts";
import { writeFileDurably } from "../../core/durableFile.ts";
import { makeFolder } from "../../core/makeFolder.ts";
import { formatError } from "../formats/errors.ts";
import { layoutSafetensors } from "../formats/safetensors/writer.ts";
import type { TensorInfo, TensorSource } from "../tensor.ts";
import { refuseExisting, type Write, writeStreamed } from "./streamedFile.ts";

/** 5 GB, as the reference library splits. */
const DEFAULT_SHARD_BYTES = 5_000_000_000;
const CHUNK_BYTES = 16 * 1024 * 1024;
const INDEX_NAME = "model.safetensors.index.json";

export interface SafetensorsExportOptions {
  /** Largest number of tensor bytes in one file (a single larger tensor gets its own). Default 5 GB. */
  readonly maxShardBytes?: number;
  /** Small files to write beside the weights, such as `config.json`: bare file names. */
  readonly files?: ReadonlyMap<string, Uint8Array | string>;
  /** Replace files that are there already (default false: `target_exists`). */
  readonly overwrite?: boolean;
  readonly signal?: AbortSignal;
}

export interface SafetensorsExport {
  /** Names of the files written, in order. */
  readonly files: readonly string[];
  readonly tensorBytes: number;
}

/** Throws `target_exists`, `dtype_unsupported` for types that safetensors has not, and what `source` throws. */
export async function exportSafetensors(
  source: TensorSource,
  folder: string,
  options: SafetensorsExportOptions = {},
): Promise<SafetensorsExport> {
  const shards = splitIntoShards([...source.tensors.values()], options.maxShardBytes ?? DEFAULT_SHARD_BYTES);
  const names = shards.map((_, i) => shardName(i, shards.length));
  const small = [...(options.files ?? [])];
  for (const [name] of small) checkFileName(name);
  const all = [...small.map(([name]) => name), ...names, ...(shards.length > 1 ? [INDEX_NAME] : [])];
  await makeFolder(folder);
  if (options.overwrite !== true) await refuseExisting(all.map((name) => join(folder, name)));
  for (const [name, content] of small) {
    await writeFileDurably(join(folder, name), typeof content === "string" ? utf8(content) : content);
  }
  for (const [i, tensors] of shards.entries()) {
    await writeShard(source, tensors, join(folder, names[i]!), options.signal);
  }
  const tensorBytes = shards.flat().reduce((total, tensor) => total + tensor.byteLength, 0);
  if (shards.length > 1) await writeFileDurably(join(folder, INDEX_NAME), encodeIndex(shards, names, tensorBytes));
  return { files: all, tensorBytes };
}

/** Copies bytes `[0, tensor.byteLength)` of a tensor in pieces, so that no tensor is in memory as a whole. */
async function copyTensor(source: TensorSource, tensor: TensorInfo, write: Write, signal?: AbortSignal): Promise<void> {
  const options = signal === undefined ? {} : { signal };
  for (let done = 0; done < tensor.byteLength; done += CHUNK_BYTES) {
    const length = Math.min(CHUNK_BYTES, tensor.byteLength - done);
    await write(await source.readRange(tensor.name, done, length, options));
  }
}

async function writeShard(source: TensorSource, tensors: readonly TensorInfo[], path: string, signal?: AbortSignal) {
  const { header, fileBytes } = layoutSafetensors(tensors, new Map([["format", "pt"]]));
  await writeStreamed(path, fileBytes, async (write) => {
    await write(header);
    for (const tensor of tensors) await copyTensor(source, tensor, write, signal);
  });
}

function splitIntoShards(tensors: readonly TensorInfo[], maxBytes: number): TensorInfo[][] {
  const shards: TensorInfo[][] = [];
  let room = 0;
  for (const tensor of tensors) {
    const shard = shards.at(-1);
    if (shard === undefined || tensor.byteLength > room) {
      shards.push([tensor]);
      room = maxBytes - tensor.byteLength;
    } else {
      shard.push(tensor);
      room -= tensor.byteLength;
    }
  }
  return shards.length > 0 ? shards : [[]];
}

function shardName(index: number, count: number): string {
  if (count === 1) return "model.safetensors";
  return `model-${String(index + 1).padStart(5, "0")}-of-${String(count).padStart(5, "0")}.safetensors`;
}

function encodeIndex(shards: readonly TensorInfo[][], names: readonly string[], totalBytes: number): Uint8Array {
  const shardOf = shards.flatMap((tensors, i) => tensors.map(({ name }) => [name, names[i]] as const));
  const index = { metadata: { total_size: totalBytes }, weight_map: Object.fromEntries(shardOf) };
  return utf8(`${JSON.stringify(index, null, 2)}\n`);
}

function checkFileName(name: string): void {
  if (/^(?!\.)[A-Za-z0-9._-]{1,255}$/.test(name)) return;
  throw formatError("shard_name_invalid", `files: expected bare file names, got ${excerpt(name)}`);
}
