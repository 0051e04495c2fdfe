/**
 * Everything after attention: the norm with the router, an expert (or shared expert, or dense network), and the head.
 */
import type { ModelSpec } from "../model/spec.ts";
import { type Graph, GraphBuilder } from "./graph.ts";
import { activate, norm } from "./layers.ts";
import type { Matrices } from "./matrices.ts";

/** hidden [rows, hiddenSize] -> normed [rows, hiddenSize] and, in layers with experts, logits [rows, experts]. */
export function routerGraph(spec: ModelSpec, withRouter: boolean, matrices: Matrices): Graph {
  const g = new GraphBuilder(withRouter ? "router" : "feedForwardNorm");
  const hidden = g.input("hidden", "float32", ["rows", spec.hiddenSize]);
  const normed = norm(g, hidden, "feedForwardNorm", spec.hiddenSize, spec.norm);
  g.output("normed", normed, ["rows", spec.hiddenSize]);
  if (withRouter) {
    const bias = spec.router.kind === "top-softmax" && spec.router.bias;
    const shape = { outputs: spec.experts.count, inputs: spec.hiddenSize, bias };
    g.output("logits", matrices.linear(g, normed, "router", shape), ["rows", spec.experts.count]);
  }
  return g.build();
}

export interface FeedForwardShape {
  /** Columns of this shard's share of the intermediate values. */
  readonly intermediateSize: number;
  readonly gateUpBias: boolean;
  /** Only one shard adds it. */
  readonly downBias: boolean;
  /** Multiplied by the sigmoid of one more projection. */
  readonly gated: boolean;
}

/** x [rows, hiddenSize] -> y [rows, hiddenSize]: this shard's summand of the network's output. */
export function feedForwardGraph(spec: ModelSpec, shape: FeedForwardShape, matrices: Matrices): Graph {
  const g = new GraphBuilder("feedForward");
  const { hiddenSize } = spec;
  const size = shape.intermediateSize;
  const x = g.input("x", "float32", ["rows", hiddenSize]);
  const gateUp = matrices.linear(g, x, "gateUp", { outputs: 2 * size, inputs: hiddenSize, bias: shape.gateUpBias });
  const inner = activate(g, gateUp, size, spec.activation);
  const y = matrices.linear(g, inner, "down", { outputs: hiddenSize, inputs: size, bias: shape.downBias });
  if (!shape.gated) {
    g.output("y", y, ["rows", hiddenSize]);
    return g.build();
  }
  const gate = g.input("sharedGate.weight", "float32", [1, hiddenSize]);
  const opened = g.op("Sigmoid", [g.op("Gemm", [x, gate], { transB: 1 })]);
  g.output("y", g.op("Mul", [y, opened]), ["rows", hiddenSize]);
  return g.build();
}

/** hidden [rows, hiddenSize] -> logits [rows, tokens] for this shard's share of the vocabulary. */
export function headGraph(spec: ModelSpec, tokens: number, matrices: Matrices): Graph {
  const g = new GraphBuilder("head");
  const hidden = g.input("hidden", "float32", ["rows", spec.hiddenSize]);
  const normed = norm(g, hidden, "finalNorm", spec.hiddenSize, spec.norm);
  const shape = { outputs: tokens, inputs: spec.hiddenSize, bias: spec.headBias };
  const logits = matrices.linear(g, normed, "head", shape);
  const { logitsDivisor } = spec.multipliers;
  const scaled = logitsDivisor === 1 ? logits : g.op("Div", [logits, g.floats([logitsDivisor], [])]);
  g.output("logits", scaled, ["rows", tokens]);
  return g.build();
}
