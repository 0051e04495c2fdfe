/**
 * Opens a checkpoint as users have it: a Hugging Face model folder or a single weights file.
 *
 * In a folder the first of these is taken, in the order of the reference library: `model.safetensors`, its index,
 * `pytorch_model.bin`, its index; then, if there is exactly one, any other weights file. What a file is, its first
 * bytes decide, not its name.
 */
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { errorCode } from "../../core/errors.ts";
import type { TensorSource } from "../tensor.ts";
import type { OpenFileOptions } from "./byteSource.ts";
import { formatError } from "./errors.ts";
import { closeAll, PlacedTensors, type TensorFile } from "./placedTensors.ts";
import { openSafetensors, openSafetensorsFile } from "./safetensors/reader.ts";
import { readShardIndex } from "./shardIndex.ts";

/** Opens the weights of a folder or file. Throws a `FormatErrorCode`. Reads headers only. */
export async function openCheckpoint(path: string, options: OpenFileOptions = {}): Promise<TensorSource> {
  const names = await listFolder(path);
  if (names === undefined) return openSafetensors(path, options);
  if (names.includes("model.safetensors")) return openSafetensors(join(path, "model.safetensors"), options);
  if (names.includes("model.safetensors.index.json")) {
    return openShards(path, "model.safetensors.index.json", options);
  }
  throw formatError("weights_missing", `${basename(path)}: no weights file in the folder`, { files: names.length });
}

/** The names in a folder, or `undefined` when `path` is not a folder. */
async function listFolder(path: string): Promise<string[] | undefined> {
  try {
    return (await readdir(path)).sort();
  } catch (error) {
    if (errorCode(error) === "ENOTDIR") return undefined;
    if (errorCode(error) === "ENOENT") throw formatError("file_missing", `${basename(path)}: no such file or folder`);
    throw formatError("file_unreadable", `${basename(path)}: could not be listed`, {}, { cause: error });
  }
}

async function openShards(folder: string, index: string, options: OpenFileOptions): Promise<TensorSource> {
  const shardOf = await readShardIndex(join(folder, index), options);
  const files: TensorFile[] = [];
  try {
    for (const shard of new Set(shardOf.values())) {
      const file = await openShard(folder, shard, options);
      files.push(file);
      // The index decides which tensors there are: what a shard holds beyond it belongs to no model.
      const tensors = new Map([...file.tensors].filter(([name]) => shardOf.get(name) === shard));
      files[files.length - 1] = { source: file.source, tensors };
    }
    const source = new PlacedTensors(files);
    for (const [name, shard] of shardOf) {
      if (source.tensors.has(name)) continue;
      throw formatError("index_mismatch", `${index}: tensor ${name} is not in ${shard}`, { name, shard });
    }
    return source;
  } catch (error) {
    await closeAll(files.map((file) => file.source));
    throw error;
  }
}

async function openShard(folder: string, shard: string, options: OpenFileOptions): Promise<TensorFile> {
  try {
    return await openSafetensorsFile(join(folder, shard), options);
  } catch (error) {
    if (errorCode(error) !== "file_missing") throw error;
    throw formatError("shard_missing", `${shard}: the index names this shard, but it is not there`, { shard });
  }
}
