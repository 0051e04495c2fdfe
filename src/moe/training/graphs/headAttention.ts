/** Attention with separate query, key and value heads, over whole sequences. */
import type { GraphBuilder, Value } from "../../graph/graph.ts";
import { rmsNorm } from "../../graph/layers.ts";
import type { HeadAttentionSpec, ModelSpec } from "../../model/spec.ts";
import { type AttentionValues, type Context, kept, linear, reshapeTo, rotation, scale } from "./pieces.ts";

export function headContext(
  g: GraphBuilder,
  spec: ModelSpec,
  attention: HeadAttentionSpec,
  { x, length, queries, mask }: AttentionValues,
): Context {
  const { heads, keyValueHeads, headDim, inputBias: bias } = attention;
  const project = (name: "query" | "key" | "value", count: number): Value => {
    const outputs = count * headDim;
    const [from, rows] = name === "query" ? [queries.x, queries.rows] : [x, "rows"];
    return kept(g, name, linear(g, from, name, { outputs, inputs: spec.hiddenSize, bias }), [rows, outputs]);
  };
  const rotateKeys = rotation(g, spec.rope);
  const rotateQueries = queries.rows === "rows" ? rotateKeys : rotation(g, spec.rope, queries.rows);
  const projectedQuery = clip(
    g,
    normHeads(g, project("query", heads), "queryNorm", heads, attention, spec),
    attention.clip,
  );
  const query = rotateQueries(projectedQuery, heads, headDim);
  const projectedKey = clip(
    g,
    normHeads(g, project("key", keyValueHeads), "keyNorm", keyValueHeads, attention, spec),
    attention.clip,
  );
  const key = rotateKeys(projectedKey, keyValueHeads, headDim);
  const value = clip(g, project("value", keyValueHeads), attention.clip);

  // [rows, heads * dim] -> [sequences, keyValueHeads, group, queries or length, dim]
  const group = heads / keyValueHeads;
  const byHead = (v: Value): Value => {
    const split = reshapeTo(g, v, [-1, length, keyValueHeads, headDim]);
    return g.op("Transpose", [split], { perm: [0, 2, 1, 3] });
  };
  const split = reshapeTo(g, scale(g, query, attention.scale), [-1, queries.count, keyValueHeads, group, headDim]);
  const grouped = g.op("Transpose", [split], { perm: [0, 2, 3, 1, 4] });
  const stacked = reshapeTo(g, grouped, [0, 0, -1, headDim]);
  const keys = g.op("Transpose", [byHead(key)], { perm: [0, 1, 3, 2] });
  const products = g.op("MatMul", [stacked, keys]);
  const scores = g.op("Add", [reshapeTo(g, products, [0, 0, group, -1, length]), mask]);
  const weights = g.op("Softmax", [scores], { axis: -1 });
  const sums = g.op("MatMul", [reshapeTo(g, weights, [0, 0, -1, length]), byHead(value)]);
  const attended = reshapeTo(g, sums, [0, 0, group, -1, headDim]);
  const damped = attention.sinks ? dampBySinks(g, attended, scores, attention) : attended;
  const byRow = g.op("Transpose", [damped], { perm: [0, 3, 1, 2, 4] });
  const width = heads * headDim;
  return { context: reshapeTo(g, byRow, [-1, width]), width, keep: ["query", "key", "value"] };
}

function normHeads(
  g: GraphBuilder,
  x: Value,
  name: string,
  heads: number,
  { queryKeyNorm, headDim }: HeadAttentionSpec,
  spec: ModelSpec,
): Value {
  const { epsilon } = spec.norm;
  if (queryKeyNorm === "none") return x;
  const width = heads * headDim;
  if (queryKeyNorm === "all") return rmsNorm(g, x, g.input(`${name}.weight`, "float32", [width]), epsilon);
  const weight = g.input(`${name}.weight`, "float32", [headDim]);
  return reshapeTo(g, rmsNorm(g, reshapeTo(g, x, [-1, heads, headDim]), weight, epsilon), [-1, width]);
}

function clip(g: GraphBuilder, x: Value, limit: number | undefined): Value {
  if (limit === undefined) return x;
  return g.op("Max", [g.op("Min", [x, g.floats([limit], [])]), g.floats([-limit], [])]);
}

/**
 * A sink is one more score in the softmax whose weight goes nowhere: with L the logarithm of the sum of the other
 * scores' exponentials, the others keep the share exp(L) / (exp(L) + exp(sink)) = sigmoid(L - sink).
 */
function dampBySinks(g: GraphBuilder, attended: Value, scores: Value, attention: HeadAttentionSpec): Value {
  const { heads, keyValueHeads } = attention;
  const sinks = g.input("sinks", "float32", [heads]);
  const perHead = reshapeTo(g, sinks, [keyValueHeads, heads / keyValueHeads, 1, 1]);
  const total = g.op("ReduceLogSumExp", [scores, g.integers([-1])], { keepdims: 1 });
  return g.op("Mul", [attended, g.op("Sigmoid", [g.op("Sub", [total, perHead])])]);
}
