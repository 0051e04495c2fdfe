/**
 * A layer up to its feed-forward networks, for whole sequences of equal length, in differentiable operators:
 *
 *   hidden [rows, hiddenSize]; cos, sin [1, rows, rotated/2]; mask [length, length]; length [1] (int64)
 *   -> middle [rows, hiddenSize]  the residual stream after attention
 *      normed [rows, hiddenSize]  what experts and router see
 *      logits [rows, experts]     in layers with experts
 *      context [rows, heads * valueDim] and the projections  kept for the backward graph
 *
 * Rows are sequence by sequence; `rows` is a multiple of `length`. Weights are inputs, called as the slot table calls
 * its parts. The mask is 0 where row r of a sequence sees position j, very negative elsewhere.
 *
 * With some queries only, all outputs but those of keys and values have rows for them alone. More inputs then say which:
 * queryIndices [queries * sequences] (int64); queries of each sequence, [1] (int64); queryCos, querySin;
 * mask [queries, length].
 */
import { type Graph, GraphBuilder, type Value } from "../../graph/graph.ts";
import { norm } from "../../graph/layers.ts";
import type { ModelSpec } from "../../model/spec.ts";
import { headContext } from "./headAttention.ts";
import { latentContext } from "./latentAttention.ts";
import { linear, QUERY_ROWS, type Queries, scale } from "./pieces.ts";

export interface LayerGraph {
  readonly graph: Graph;
  /** Outputs that are worth keeping: what the matrix products give. */
  readonly keep: readonly Value[];
}

/** @param someQueries not all rows look: see above */
export function layerGraph(spec: ModelSpec, withRouter: boolean, someQueries = false): LayerGraph {
  const g = new GraphBuilder(`${withRouter ? "layer" : "dense-layer"}${someQueries ? "-some-queries" : ""}`);
  const { attention, hiddenSize, multipliers } = spec;
  const hidden = g.input("hidden", "float32", ["rows", hiddenSize]);
  const length = g.input("length", "int64", [1]);
  const mask = g.input("mask", "float32", [someQueries ? "queries" : "length", "length"]);
  const x = norm(g, hidden, "inputNorm", hiddenSize, spec.norm);
  let queries: Queries = { rows: "rows", x, count: length };
  let looking = hidden;
  if (someQueries) {
    const indices = g.input("queryIndices", "int64", [QUERY_ROWS]);
    const pick = (value: Value): Value => g.op("Gather", [value, indices], { axis: 0 });
    queries = { rows: QUERY_ROWS, x: pick(x), count: g.input("queries", "int64", [1]) };
    looking = pick(hidden);
  }
  const heads = attention.kind === "heads";
  const { context, width, keep } = heads
    ? headContext(g, spec, attention, { x, length, queries, mask })
    : latentContext(g, spec, attention, { x, length, queries, mask });
  const { rows } = queries;
  g.output("context", context, [rows, width]);
  const shape = { outputs: hiddenSize, inputs: width, bias: heads ? attention.outputBias : attention.bias };
  const added = scale(g, linear(g, context, "output", shape), multipliers.residual);
  const middle = g.op("Add", [looking, added]);
  g.output("middle", middle, [rows, hiddenSize]);
  const normed = norm(g, middle, "feedForwardNorm", hiddenSize, spec.norm);
  g.output("normed", normed, [rows, hiddenSize]);
  if (withRouter) {
    const bias = spec.router.kind === "top-softmax" && spec.router.bias;
    const logits = linear(g, normed, "router", { outputs: spec.experts.count, inputs: hiddenSize, bias });
    g.output("logits", logits, [rows, spec.experts.count]);
  }
  return { graph: g.build(), keep: ["middle", "context", ...keep] };
}
