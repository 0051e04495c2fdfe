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
 */
import { type Graph, GraphBuilder, type Value } from "../../graph/graph.ts";
import { norm } from "../../graph/layers.ts";
import type { ModelSpec } from "../../model/spec.ts";
import { headContext } from "./headAttention.ts";
import { latentContext } from "./latentAttention.ts";
import { linear, scale } from "./pieces.ts";

export interface LayerGraph {
  readonly graph: Graph;
  /** Outputs that are worth keeping: what the matrix products give. */
  readonly keep: readonly Value[];
}

export function layerGraph(spec: ModelSpec, withRouter: boolean): LayerGraph {
  const g = new GraphBuilder(withRouter ? "layer" : "dense-layer");
  const { attention, hiddenSize, multipliers } = spec;
  const hidden = g.input("hidden", "float32", ["rows", hiddenSize]);
  const length = g.input("length", "int64", [1]);
  const mask = g.input("mask", "float32", ["length", "length"]);
  const x = norm(g, hidden, "inputNorm", hiddenSize, spec.norm);
  const heads = attention.kind === "heads";
  const { context, width, keep } = heads
    ? headContext(g, spec, attention, { x, length, mask })
    : latentContext(g, spec, attention, { x, length, mask });
  g.output("context", context, ["rows", width]);
  const shape = { outputs: hiddenSize, inputs: width, bias: heads ? attention.outputBias : attention.bias };
  const added = scale(g, linear(g, context, "output", shape), multipliers.residual);
  const middle = g.op("Add", [hidden, added]);
  g.output("middle", middle, ["rows", hiddenSize]);
  const normed = norm(g, middle, "feedForwardNorm", hiddenSize, spec.norm);
  g.output("normed", normed, ["rows", hiddenSize]);
  if (withRouter) {
    const bias = spec.router.kind === "top-softmax" && spec.router.bias;
    const logits = linear(g, normed, "router", { outputs: spec.experts.count, inputs: hiddenSize, bias });
    g.output("logits", logits, ["rows", spec.experts.count]);
  }
  return { graph: g.build(), keep: ["middle", "context", ...keep] };
}
