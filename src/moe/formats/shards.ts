/**
 * A checkpoint in several files with an index that says which tensor lies where. All shards have one format.
 * The index decides which tensors there are: what a shard holds beyond it belongs to no model and is left out.
 */
import { join } from "node:path";
import { errorCode } from "../../core/errors.ts";
import type { TensorInfo } from "../tensor.ts";
import { type ByteSource, type OpenFileOptions, openFile } from "./byteSource.ts";
import { type Checkpoint, checkpoint } from "./checkpointSource.ts";
import { detectWeights } from "./detect.ts";
import { formatError } from "./errors.ts";
import { closeAll, PlacedTensors, type TensorFile } from "./placedTensors.ts";
import { safetensorsFile } from "./safetensors/reader.ts";
import { readShardIndex } from "./shardIndex.ts";
import { readTorchArchive } from "./torch/archive.ts";
import { type TorchFile, TorchTensors } from "./torch/reader.ts";

/** Throws `shard_missing`, `index_mismatch`, and what the index and the shards themselves throw. */
export async function openShards(folder: string, index: string, options: OpenFileOptions): Promise<Checkpoint> {
  const shardOf = await readShardIndex(join(folder, index), options);
  const sources: ByteSource[] = [];
  try {
    const placed: TensorFile[] = [];
    const torch: TorchFile[] = [];
    for (const shard of [...new Set(shardOf.values())].sort()) {
      const source = await openShard(folder, shard, options);
      sources.push(source);
      const format = await detectWeights(source, options.signal);
      const belongs = (name: string) => shardOf.get(name) === shard;
      if (format === "safetensors") placed.push(only(await safetensorsFile(source, options.signal), belongs));
      else if (format === "torch")
        torch.push(only({ source, tensors: await readTorchArchive(source, options.signal) }, belongs));
      else throw formatError("index_mismatch", `${shard}: is ${format}, which has no index`, { shard });
    }
    if (placed.length > 0 && torch.length > 0) throw formatError("index_mismatch", `${index}: the shards mix formats`);
    const source = torch.length > 0 ? new TorchTensors(torch) : new PlacedTensors(placed);
    for (const [name, shard] of shardOf) {
      if (source.tensors.has(name)) continue;
      throw formatError("index_mismatch", `${index}: tensor ${name} is not in ${shard}`, { name, shard });
    }
    return checkpoint(torch.length > 0 ? "torch" : "safetensors", source);
  } catch (error) {
    await closeAll(sources);
    throw error;
  }
}

interface ShardFile<T> {
  readonly source: ByteSource;
  readonly tensors: ReadonlyMap<string, T>;
}

function only<T extends TensorInfo>(file: ShardFile<T>, belongs: (name: string) => boolean): ShardFile<T> {
  return { source: file.source, tensors: new Map([...file.tensors].filter(([name]) => belongs(name))) };
}

async function openShard(folder: string, shard: string, options: OpenFileOptions): Promise<ByteSource> {
  try {
    return await openFile(join(folder, shard), options);
  } catch (error) {
    if (errorCode(error) !== "file_missing") throw error;
    throw formatError("shard_missing", `${shard}: the index names this shard, but it is not there`, { shard });
  }
}
