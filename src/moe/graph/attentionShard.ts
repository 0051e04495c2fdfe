/**
 * The heads of attention that one shard computes. All shards together hold every head once; key/value heads are held by
 * as many shards as hold their query heads.
 */
import type { AttentionSpec } from "../model/spec.ts";

export interface AttentionShard {
  /** Shards that take part; the others have no heads. */
  readonly shards: number;
  readonly firstHead: number;
  readonly heads: number;
  readonly firstKeyValueHead: number;
  readonly keyValueHeads: number;
}

/**
 * The heads of shard `shard` of `count`; `undefined` when it has none. The number of shards that take part is the
 * largest that splits the heads evenly without cutting a group of query heads across two key/value heads.
 */
export function attentionShard(spec: AttentionSpec, shard: number, count: number): AttentionShard | undefined {
  const keyValueHeads = spec.kind === "heads" ? spec.keyValueHeads : 1;
  let shards = Math.min(count, spec.heads);
  while (spec.heads % shards !== 0 || (keyValueHeads % shards !== 0 && shards % keyValueHeads !== 0)) shards--;
  if (shard >= shards) return undefined;
  const heads = spec.heads / shards;
  const group = spec.heads / keyValueHeads;
  const firstHead = shard * heads;
  const firstKeyValueHead = Math.floor(firstHead / group);
  return { shards, firstHead, heads, firstKeyValueHead, keyValueHeads: Math.max(1, keyValueHeads / shards) };
}

/** Columns of one position in the key cache and in the value cache of a shard; 0: values are part of the keys. */
export function cacheDims(spec: AttentionSpec): { readonly key: number; readonly value: number } {
  return spec.kind === "heads"
    ? { key: spec.headDim, value: spec.headDim }
    : { key: spec.keyValueRank + spec.rotaryDim, value: 0 };
}
