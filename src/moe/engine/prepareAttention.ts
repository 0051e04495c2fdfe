/** The attention slot's weights as one shard's graphs take them: its heads, their matrices fused. */
import { attentionShard } from "../graph/attentionShard.ts";
import type { PartName } from "../model/parts.ts";
import type { HeadAttentionSpec, LatentAttentionSpec, ModelSpec } from "../model/spec.ts";
import { addNorm, columns, concatenate, type Parts, requirePart, type Share, type Weights } from "./weights.ts";

export function prepareAttention(spec: ModelSpec, parts: Parts, share: Share): Weights {
  const { attention } = spec;
  return attention.kind === "heads"
    ? prepareHeads(spec, attention, parts, share)
    : prepareLatent(spec, attention, parts, share);
}

function prepareHeads(spec: ModelSpec, attention: HeadAttentionSpec, parts: Parts, share: Share): Weights {
  const shard = attentionShard(attention, share.shard, share.shards);
  const weights: Weights = new Map();
  if (shard === undefined) return weights;
  const { headDim } = attention;
  const hidden = spec.hiddenSize;
  const queries = shard.heads * headDim;
  const keys = shard.keyValueHeads * headDim;
  const firstQuery = shard.firstHead * headDim;
  const firstKey = shard.firstKeyValueHead * headDim;
  const rows = (name: PartName, first: number, count: number, width: number): Float32Array =>
    requirePart(parts, name).subarray(first * width, (first + count) * width);
  const qkv = (suffix: "weight" | "bias", width: number): Float32Array =>
    concatenate([
      rows(`query.${suffix}`, firstQuery, queries, width),
      rows(`key.${suffix}`, firstKey, keys, width),
      rows(`value.${suffix}`, firstKey, keys, width),
    ]);
  addNorm(weights, parts, "inputNorm", hidden);
  weights.set("qkv.weight", { data: qkv("weight", hidden), shape: [queries + 2 * keys, hidden] });
  if (attention.inputBias) weights.set("qkv.bias", { data: qkv("bias", 1), shape: [queries + 2 * keys] });
  if (attention.queryKeyNorm === "head") {
    weights.set("queryNorm.weight", { data: requirePart(parts, "queryNorm.weight"), shape: [headDim] });
    weights.set("keyNorm.weight", { data: requirePart(parts, "keyNorm.weight"), shape: [headDim] });
  } else if (attention.queryKeyNorm === "all") {
    weights.set("queryNorm.weight", { data: rows("queryNorm.weight", firstQuery, queries, 1), shape: [queries] });
    weights.set("keyNorm.weight", { data: rows("keyNorm.weight", firstKey, keys, 1), shape: [keys] });
  }
  if (attention.sinks) {
    const group = shard.heads / shard.keyValueHeads;
    const data = rows("sinks", shard.firstHead, shard.heads, 1);
    weights.set("sinks", { data, shape: [shard.keyValueHeads, group, 1, 1] });
  }
  addOutput(weights, parts, hidden, attention.heads * headDim, firstQuery, queries, share);
  return weights;
}

function prepareLatent(spec: ModelSpec, attention: LatentAttentionSpec, parts: Parts, share: Share): Weights {
  const shard = attentionShard(attention, share.shard, share.shards);
  const weights: Weights = new Map();
  if (shard === undefined) return weights;
  const { plainDim, rotaryDim, valueDim, keyValueRank, queryRank } = attention;
  const hidden = spec.hiddenSize;
  addNorm(weights, parts, "inputNorm", hidden);
  const queryWidth = plainDim + rotaryDim;
  const queryInputs = queryRank ?? hidden;
  const queryName = queryRank === undefined ? "query.weight" : "queryUp.weight";
  const firstQuery = shard.firstHead * queryWidth * queryInputs;
  weights.set(queryName, {
    data: requirePart(parts, queryName).subarray(firstQuery, firstQuery + shard.heads * queryWidth * queryInputs),
    shape: [shard.heads * queryWidth, queryInputs],
  });
  if (queryRank !== undefined) {
    weights.set("queryDown.weight", { data: requirePart(parts, "queryDown.weight"), shape: [queryRank, hidden] });
    weights.set("queryDownNorm.weight", { data: requirePart(parts, "queryDownNorm.weight"), shape: [queryRank] });
    if (attention.bias)
      weights.set("queryDown.bias", { data: requirePart(parts, "queryDown.bias"), shape: [queryRank] });
  }
  const latentWidth = keyValueRank + rotaryDim;
  weights.set("latentDown.weight", { data: requirePart(parts, "latentDown.weight"), shape: [latentWidth, hidden] });
  if (attention.bias)
    weights.set("latentDown.bias", { data: requirePart(parts, "latentDown.bias"), shape: [latentWidth] });
  weights.set("latentNorm.weight", { data: requirePart(parts, "latentNorm.weight"), shape: [keyValueRank] });

  // Rows of `latentUp` for one head: first those of its keys, then those of its values.
  const up = requirePart(parts, "latentUp.weight");
  const keyUp = new Float32Array(shard.heads * plainDim * keyValueRank);
  const valueUp = new Float32Array(shard.heads * keyValueRank * valueDim);
  for (let i = 0; i < shard.heads; i++) {
    const from = (shard.firstHead + i) * (plainDim + valueDim) * keyValueRank;
    const middle = from + plainDim * keyValueRank;
    keyUp.set(up.subarray(from, middle), i * plainDim * keyValueRank);
    for (let row = 0; row < valueDim; row++) {
      for (let column = 0; column < keyValueRank; column++) {
        valueUp[(i * keyValueRank + column) * valueDim + row] = up[middle + row * keyValueRank + column] as number;
      }
    }
  }
  weights.set("keyUp", { data: keyUp, shape: [shard.heads, plainDim, keyValueRank] });
  weights.set("valueUp", { data: valueUp, shape: [shard.heads, keyValueRank, valueDim] });
  const values = shard.heads * valueDim;
  addOutput(weights, parts, hidden, attention.heads * valueDim, shard.firstHead * valueDim, values, share);
  return weights;
}

/** The output projection's columns for the share's heads; the bias goes to the first. */
function addOutput(
  weights: Weights,
  parts: Parts,
  hidden: number,
  width: number,
  first: number,
  count: number,
  share: Share,
): void {
  weights.set("output.weight", {
    data: columns(requirePart(parts, "output.weight"), width, first, count),
    shape: [hidden, count],
  });
  const bias = parts.get("output.bias");
  if (bias !== undefined && share.shard === 0) weights.set("output.bias", { data: bias, shape: [hidden] });
}
