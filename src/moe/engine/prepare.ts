/**
 * From a slot's parts to the weights that one thread's graphs take: its heads of attention, its columns of the
 * feed-forward networks, its tokens of the head. The graphs' names are documented in `graph/`.
 */
import type { Slot } from "../../core/slot.ts";
import { attentionShard } from "../graph/attentionShard.ts";
import type { PartName } from "../model/parts.ts";
import type { AttentionSpec, ModelSpec } from "../model/spec.ts";

export interface Weight {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

export type Weights = Map<string, Weight>;

export interface Share {
  readonly rank: number;
  readonly threads: number;
}

type Parts = ReadonlyMap<PartName, Float32Array>;

/**
 * The share of one thread; empty where it has none, and for embedding and router, which only the first thread uses.
 * Data may be views of `parts`.
 */
export function prepareSlot(spec: ModelSpec, kind: Slot["kind"], parts: Parts, share: Share): Weights {
  switch (kind) {
    case "attention":
      return spec.attention.kind === "heads"
        ? prepareHeads(spec, spec.attention, parts, share)
        : prepareLatent(spec, spec.attention, parts, share);
    case "router":
      return new Map();
    case "expert":
      return prepareFeedForward(spec, spec.experts.intermediateSize, parts, share);
    case "shared":
      return prepareFeedForward(spec, spec.shared?.intermediateSize ?? 0, parts, share);
    case "mlp":
      return prepareFeedForward(spec, spec.denseIntermediateSize, parts, share);
    case "head":
      return prepareHead(spec, parts, share);
    case "embedding":
      return new Map();
  }
}

/** What the router graph of a layer takes: the norm is part of the attention slot, the rest of the router slot. */
export function prepareRouter(spec: ModelSpec, attention: Parts, router: Parts | undefined): Weights {
  const weights: Weights = new Map();
  addNorm(weights, attention, "feedForwardNorm", spec.hiddenSize);
  if (router === undefined) return weights;
  const { count } = spec.experts;
  weights.set("router.weight", { data: get(router, "router.weight"), shape: [count, spec.hiddenSize] });
  const bias = router.get("router.bias");
  if (bias !== undefined) weights.set("router.bias", { data: bias, shape: [count] });
  return weights;
}

/** Items `[from, to)` of `count` for one thread, in whole steps of 32 where there are enough, so that blocks stay whole. */
export function shareOf(count: number, { rank, threads }: Share): readonly [from: number, to: number] {
  const step = count >= 32 * threads ? 32 : 1;
  const at = (index: number): number =>
    index === threads ? count : Math.round((count * index) / threads / step) * step;
  return [at(rank), at(rank + 1)];
}

function prepareHeads(
  spec: ModelSpec,
  attention: AttentionSpec & { kind: "heads" },
  parts: Parts,
  share: Share,
): Weights {
  const shard = attentionShard(attention, share.rank, share.threads);
  const weights: Weights = new Map();
  if (shard === undefined) return weights;
  const { headDim } = attention;
  const hidden = spec.hiddenSize;
  const queries = shard.heads * headDim;
  const keys = shard.keyValueHeads * headDim;
  const firstQuery = shard.firstHead * headDim;
  const firstKey = shard.firstKeyValueHead * headDim;
  const rows = (name: PartName, first: number, count: number, width: number): Float32Array =>
    get(parts, name).subarray(first * width, (first + count) * width);
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
    weights.set("queryNorm.weight", { data: get(parts, "queryNorm.weight"), shape: [headDim] });
    weights.set("keyNorm.weight", { data: get(parts, "keyNorm.weight"), shape: [headDim] });
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

function prepareLatent(
  spec: ModelSpec,
  attention: AttentionSpec & { kind: "latent" },
  parts: Parts,
  share: Share,
): Weights {
  const shard = attentionShard(attention, share.rank, share.threads);
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
    data: get(parts, queryName).subarray(firstQuery, firstQuery + shard.heads * queryWidth * queryInputs),
    shape: [shard.heads * queryWidth, queryInputs],
  });
  if (queryRank !== undefined) {
    weights.set("queryDown.weight", { data: get(parts, "queryDown.weight"), shape: [queryRank, hidden] });
    weights.set("queryDownNorm.weight", { data: get(parts, "queryDownNorm.weight"), shape: [queryRank] });
    if (attention.bias) weights.set("queryDown.bias", { data: get(parts, "queryDown.bias"), shape: [queryRank] });
  }
  const latentWidth = keyValueRank + rotaryDim;
  weights.set("latentDown.weight", { data: get(parts, "latentDown.weight"), shape: [latentWidth, hidden] });
  if (attention.bias) weights.set("latentDown.bias", { data: get(parts, "latentDown.bias"), shape: [latentWidth] });
  weights.set("latentNorm.weight", { data: get(parts, "latentNorm.weight"), shape: [keyValueRank] });

  // Rows of `latentUp` for one head: first those of its keys, then those of its values.
  const up = get(parts, "latentUp.weight");
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

/** The output projection's columns for this thread's heads; the bias goes to the first thread. */
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
    data: columns(get(parts, "output.weight"), width, first, count),
    shape: [hidden, count],
  });
  const bias = parts.get("output.bias");
  if (bias !== undefined && share.rank === 0) weights.set("output.bias", { data: bias, shape: [hidden] });
}

function prepareFeedForward(spec: ModelSpec, size: number, parts: Parts, share: Share): Weights {
  const [from, to] = shareOf(size, share);
  const count = to - from;
  const weights: Weights = new Map();
  if (count === 0) return weights;
  const hidden = spec.hiddenSize;
  const halves = (name: PartName, width: number): Float32Array => {
    const both = get(parts, name);
    if (count === size) return both;
    const up = size * width;
    return concatenate([both.subarray(from * width, to * width), both.subarray(up + from * width, up + to * width)]);
  };
  weights.set("gateUp.weight", { data: halves("gateUp.weight", hidden), shape: [2 * count, hidden] });
  weights.set("down.weight", { data: columns(get(parts, "down.weight"), size, from, count), shape: [hidden, count] });
  if (parts.has("gateUp.bias")) weights.set("gateUp.bias", { data: halves("gateUp.bias", 1), shape: [2 * count] });
  const bias = parts.get("down.bias");
  if (bias !== undefined && share.rank === 0) weights.set("down.bias", { data: bias, shape: [hidden] });
  const gate = parts.get("sharedGate.weight");
  if (gate !== undefined) weights.set("sharedGate.weight", { data: gate, shape: [1, hidden] });
  return weights;
}

/** `head.weight` is the embedding's matrix where the two are tied: the caller puts it among the parts. */
function prepareHead(spec: ModelSpec, parts: Parts, share: Share): Weights {
  const [from, to] = shareOf(spec.vocabSize, share);
  const weights: Weights = new Map();
  if (from === to) return weights;
  const hidden = spec.hiddenSize;
  addNorm(weights, parts, "finalNorm", hidden);
  const data = get(parts, "head.weight").subarray(from * hidden, to * hidden);
  weights.set("head.weight", { data, shape: [to - from, hidden] });
  const bias = parts.get("head.bias");
  if (bias !== undefined) weights.set("head.bias", { data: bias.subarray(from, to), shape: [to - from] });
  return weights;
}

function addNorm(
  weights: Weights,
  parts: Parts,
  name: "inputNorm" | "feedForwardNorm" | "finalNorm",
  size: number,
): void {
  weights.set(`${name}.weight`, { data: get(parts, `${name}.weight`), shape: [size] });
  const bias = parts.get(`${name}.bias`);
  if (bias !== undefined) weights.set(`${name}.bias`, { data: bias, shape: [size] });
}

function get(parts: Parts, name: PartName): Float32Array {
  const data = parts.get(name);
  if (data === undefined) throw new TypeError(`part ${name} was not read`);
  return data;
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Columns `[first, first + count)` of a matrix with rows of `width`. */
function columns(matrix: Float32Array, width: number, first: number, count: number): Float32Array {
  if (count === width) return matrix;
  const rows = matrix.length / width;
  const out = new Float32Array(rows * count);
  for (let row = 0; row < rows; row++) {
    out.set(matrix.subarray(row * width + first, row * width + first + count), row * count);
  }
  return out;
}
