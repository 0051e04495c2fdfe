/**
 * From a slot's parts to the weights that one shard's graphs take: its heads of attention, its columns of the
 * feed-forward networks, its tokens of the head. The graphs' names are documented in `graph/`.
 */
import type { Slot } from "../../core/slot.ts";
import type { PartName } from "../model/parts.ts";
import type { ModelSpec } from "../model/spec.ts";
import { prepareAttention } from "./prepareAttention.ts";
import { addNorm, columns, concatenate, type Parts, requirePart, type Share, type Weights } from "./weights.ts";

/**
 * One share; empty where it has nothing, and for embedding and router, which are not cut.
 * Data may be views of `parts`.
 */
export function prepareSlot(spec: ModelSpec, kind: Slot["kind"], parts: Parts, share: Share): Weights {
  switch (kind) {
    case "attention":
      return prepareAttention(spec, parts, share);
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
  weights.set("router.weight", { data: requirePart(router, "router.weight"), shape: [count, spec.hiddenSize] });
  const bias = router.get("router.bias");
  if (bias !== undefined) weights.set("router.bias", { data: bias, shape: [count] });
  return weights;
}

/** Items `[from, to)` of `count` of one share, in whole steps of 32 where there are enough, so that blocks stay whole. */
export function shareOf(count: number, { shard, shards }: Share): readonly [from: number, to: number] {
  const step = count >= 32 * shards ? 32 : 1;
  const at = (index: number): number => (index === shards ? count : Math.round((count * index) / shards / step) * step);
  return [at(shard), at(shard + 1)];
}

function prepareFeedForward(spec: ModelSpec, size: number, parts: Parts, share: Share): Weights {
  const [from, to] = shareOf(size, share);
  const count = to - from;
  const weights: Weights = new Map();
  if (count === 0) return weights;
  const hidden = spec.hiddenSize;
  const halves = (name: PartName, width: number): Float32Array => {
    const both = requirePart(parts, name);
    if (count === size) return both;
    const up = size * width;
    return concatenate([both.subarray(from * width, to * width), both.subarray(up + from * width, up + to * width)]);
  };
  weights.set("gateUp.weight", { data: halves("gateUp.weight", hidden), shape: [2 * count, hidden] });
  weights.set("down.weight", {
    data: columns(requirePart(parts, "down.weight"), size, from, count),
    shape: [hidden, count],
  });
  if (parts.has("gateUp.bias")) weights.set("gateUp.bias", { data: halves("gateUp.bias", 1), shape: [2 * count] });
  const bias = parts.get("down.bias");
  if (bias !== undefined && share.shard === 0) weights.set("down.bias", { data: bias, shape: [hidden] });
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
  const data = requirePart(parts, "head.weight").subarray(from * hidden, to * hidden);
  weights.set("head.weight", { data, shape: [to - from, hidden] });
  const bias = parts.get("head.bias");
  if (bias !== undefined) weights.set("head.bias", { data: bias.subarray(from, to), shape: [to - from] });
  return weights;
}
