/**
 * A feed-forward network on its rows: an expert, the shared expert, or the network of a dense layer.
 *
 *   x [rows, hiddenSize]; factors [rows, 1] for experts: the routing weight of each row
 *   -> y [rows, hiddenSize]; gateUp [rows, 2 * size] and, with a gate, down [rows, hiddenSize] are kept
 *
 * The factor multiplies the inner values, not the output: the result is the same, and the gradient of the factor then
 * needs nothing that the gradient of the weights does not need anyway.
 */
import { type Graph, GraphBuilder, type Value } from "../../graph/graph.ts";
import { activate } from "../../graph/layers.ts";
import type { ModelSpec } from "../../model/spec.ts";
import { kept, linear } from "./pieces.ts";

export type FeedForwardKind = "expert" | "shared" | "mlp";

export interface FeedForwardGraph {
  readonly graph: Graph;
  readonly keep: readonly Value[];
}

export function feedForwardGraph(spec: ModelSpec, kind: FeedForwardKind): FeedForwardGraph {
  const g = new GraphBuilder(kind);
  const { hiddenSize } = spec;
  const bias = kind === "expert" && spec.experts.bias;
  const size = intermediateSize(spec, kind);
  const x = g.input("x", "float32", ["rows", hiddenSize]);
  const gateUp = linear(g, x, "gateUp", { outputs: 2 * size, inputs: hiddenSize, bias });
  const inner = activate(g, kept(g, "gateUp", gateUp, ["rows", 2 * size]), size, spec.activation);
  const gated = kind === "shared" && spec.shared?.gated === true;
  if (kind === "expert") {
    const factors = g.input("factors", "float32", ["rows", 1]);
    const product = linear(g, g.op("Mul", [inner, factors]), "down", { outputs: hiddenSize, inputs: size });
    const y = bias ? g.op("Add", [product, weightedBias(g, factors, hiddenSize)]) : product;
    g.output("y", y, ["rows", hiddenSize]);
  } else {
    const down = linear(g, inner, "down", { outputs: hiddenSize, inputs: size });
    if (gated) {
      const gate = linear(g, x, "sharedGate", { outputs: 1, inputs: hiddenSize });
      const opened = g.op("Sigmoid", [gate]);
      g.output("y", g.op("Mul", [kept(g, "down", down, ["rows", hiddenSize]), opened]), ["rows", hiddenSize]);
    } else g.output("y", down, ["rows", hiddenSize]);
  }
  return { graph: g.build(), keep: gated ? ["gateUp", "down"] : ["gateUp"] };
}

function intermediateSize(spec: ModelSpec, kind: FeedForwardKind): number {
  if (kind === "expert") return spec.experts.intermediateSize;
  return kind === "shared" ? (spec.shared?.intermediateSize ?? 0) : spec.denseIntermediateSize;
}

function weightedBias(g: GraphBuilder, factors: Value, hiddenSize: number): Value {
  return g.op("Mul", [factors, g.input("down.bias", "float32", [hiddenSize])]);
}
