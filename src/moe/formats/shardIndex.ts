/**
 * The index of a sharded checkpoint: `model.safetensors.index.json`, `pytorch_model.bin.index.json`.
 *
 *   { "metadata": { "total_size": 123 }, "weight_map": { "tensor name": "shard file name", … } }
 *
 * A shard is a bare file name in the index's own folder: a name with a separator or ".." could reach any file.
 */
import { excerpt } from "../../core/bytes.ts";
import { type OpenFileOptions, openFile } from "./byteSource.ts";
import { formatError } from "./errors.ts";
import { MAX_HEADER_BYTES, MAX_NAME_BYTES, MAX_SHARDS, MAX_TENSORS } from "./limits.ts";
import { decodeUtf8, StrictJson } from "./strictJson.ts";

/** Letters of any script, digits, and the punctuation that published shard names use; no separator, no leading dot. */
const BARE_NAME = /^(?!\.)[\p{L}\p{N}._+=@ -]{1,255}$/u;

/** Tensor name -> shard file name. Throws `index_invalid`, `shard_name_invalid`, and what `openFile` throws. */
export async function readShardIndex(path: string, options: OpenFileOptions = {}): Promise<Map<string, string>> {
  const source = await openFile(path, options);
  try {
    if (source.byteLength > MAX_HEADER_BYTES) {
      throw formatError("header_too_large", `${source.name}: expected at most ${MAX_HEADER_BYTES} bytes`);
    }
    return parseShardIndex(await source.read(0, source.byteLength, options.signal), source.name);
  } finally {
    await source.close();
  }
}

export function parseShardIndex(bytes: Uint8Array, name: string): Map<string, string> {
  const json = new StrictJson(decodeUtf8(bytes, "index_invalid", name), "index_invalid", name);
  let shardOf: Map<string, string> | undefined;
  const seen = new Set<string>();
  json.object((key) => {
    if (seen.has(key) || seen.size > 64) json.fail("a key stands twice, or there are too many");
    seen.add(key);
    if (key === "weight_map") shardOf = parseWeightMap(json, name);
    else json.skip();
  });
  json.end();
  if (shardOf === undefined || shardOf.size === 0) {
    throw formatError("index_invalid", `${name}: expected a weight_map with at least one tensor`);
  }
  return shardOf;
}

function parseWeightMap(json: StrictJson, name: string): Map<string, string> {
  const shardOf = new Map<string, string>();
  const shards = new Set<string>();
  json.object((tensor) => {
    if (shardOf.has(tensor)) json.fail("a tensor stands twice");
    if (Buffer.byteLength(tensor) > MAX_NAME_BYTES) json.fail(`a name is longer than ${MAX_NAME_BYTES} bytes`);
    if (shardOf.size >= MAX_TENSORS) {
      throw formatError("too_many_tensors", `${name}: expected at most ${MAX_TENSORS} tensors`);
    }
    const shard = json.string();
    checkShardName(shard, name);
    shards.add(shard);
    if (shards.size > MAX_SHARDS) throw formatError("index_invalid", `${name}: expected at most ${MAX_SHARDS} shards`);
    shardOf.set(tensor, shard);
  });
  return shardOf;
}

function checkShardName(shard: string, index: string): void {
  if (BARE_NAME.test(shard) && !shard.includes("..")) return;
  throw formatError(
    "shard_name_invalid",
    `${index}: expected the shard to be a file name in the same folder, got ${excerpt(shard)}`,
    { shard: excerpt(shard) },
  );
}
