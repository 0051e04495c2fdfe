/**
 * The head and the loss: cross entropy of the next token, for rows that have one.
 *
 *   hidden [rows, hiddenSize], targets [rows, 1] (int64) -> loss [rows]
 *
 * `headGradientGraph` gives the loss and, in the same run, the gradients of the sum of all losses. Its rows stay in
 * onnxruntime: the logits are the largest values of a training step, and handing them out would cost more than the
 * softmax itself.
 */
import { type Graph, GraphBuilder, type Value } from "../../graph/graph.ts";
import { norm } from "../../graph/layers.ts";
import type { ModelSpec } from "../../model/spec.ts";
import { differentiate } from "../autodiff/differentiate.ts";
import { linear } from "./pieces.ts";

export function lossGraph(spec: ModelSpec): Graph {
  const g = new GraphBuilder("loss");
  const logits = computeLogits(g, spec);
  g.output("loss", lossOf(g, g.op("LogSoftmax", [logits], { axis: -1 }), declareTargets(g)), ["rows"]);
  return g.build();
}

/** Outputs `loss` [rows] and `d.NAME` for `hidden` and every weight of `trained`. */
export function headGradientGraph(spec: ModelSpec, trained: readonly Value[]): Graph {
  const g = new GraphBuilder("head");
  g.output("logits", computeLogits(g, spec), ["rows", spec.vocabSize]);
  return differentiate(g.build(), {
    outputs: [],
    inputs: ["hidden", ...trained],
    keep: [],
    computed: new Map([["logits", crossEntropyGradient]]),
  }).backward;
}

function computeLogits(g: GraphBuilder, spec: ModelSpec): Value {
  const hidden = g.input("hidden", "float32", ["rows", spec.hiddenSize]);
  const normed = norm(g, hidden, "finalNorm", spec.hiddenSize, spec.norm);
  const shape = { outputs: spec.vocabSize, inputs: spec.hiddenSize, bias: spec.headBias };
  const logits = linear(g, normed, "head", shape);
  const { logitsDivisor } = spec.multipliers;
  return logitsDivisor === 1 ? logits : g.op("Div", [logits, g.floats([logitsDivisor], [])]);
}

function declareTargets(g: GraphBuilder): Value {
  return g.input("targets", "int64", ["rows", 1]);
}

function lossOf(g: GraphBuilder, logProbabilities: Value, targets: Value): Value {
  const picked = g.op("GatherElements", [logProbabilities, targets], { axis: 1 });
  return g.op("Neg", [g.op("Squeeze", [picked, g.integers([1])])]);
}

/** d loss / d logits = softmax(logits) - one-hot(target); adds the loss itself as an output. */
function crossEntropyGradient(g: GraphBuilder, logits: Value): Value {
  const targets = declareTargets(g);
  const logProbabilities = g.op("LogSoftmax", [logits], { axis: -1 });
  g.output("loss", lossOf(g, logProbabilities, targets), ["rows"]);
  const minusOne = g.op("Expand", [g.floats([-1], [1, 1]), g.op("Shape", [targets])]);
  const inputs = [g.op("Exp", [logProbabilities]), targets, minusOne];
  return g.op("ScatterElements", inputs, { axis: 1, reduction: "add" });
}
