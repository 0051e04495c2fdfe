/**
 * Attention of the rows of one sequence over its cache, which already holds their own keys and values.
 *
 *   query [rows, heads * keyDim], keys [keyValueHeads, capacity, keyDim], values [keyValueHeads, capacity, valueDim],
 *   mask [rows, capacity] (0: seen, very negative: not), sinks [keyValueHeads, group, 1, 1]
 *   -> attended [rows, heads * valueDim]
 *
 * A cache is longer than its sequence; what lies behind it is masked.
 */
import type { ModelSpec } from "../model/spec.ts";
import { type AttentionShard, cacheDims } from "./attentionShard.ts";
import { type Graph, GraphBuilder, type Value } from "./graph.ts";
import type { Matrices } from "./matrices.ts";

export function attentionGraph(spec: ModelSpec, shard: AttentionShard): Graph {
  const g = new GraphBuilder("attention");
  g.output("attended", attend(g, spec, shard), ["rows", attendedWidth(spec, shard)]);
  return g.build();
}

/**
 * The same for one row, which needs no rearranging: decoding consists of it. Measured at 100 positions (8 heads of 64):
 * 0.07 ms, the general graph 0.14 ms.
 *
 *   query [keyValueHeads, group, keyDim], sinks [keyValueHeads, group, 1], the others as above
 *   -> attended [1, heads * valueDim]
 */
export function rowAttentionGraph(spec: ModelSpec, shard: AttentionShard): Graph {
  const g = new GraphBuilder("rowAttention");
  const { attention } = spec;
  const { heads, keyValueHeads } = shard;
  const group = heads / keyValueHeads;
  const dims = cacheDims(attention);
  const query = g.input("query", "float32", [keyValueHeads, group, dims.key]);
  const keys = g.input("keys", "float32", [keyValueHeads, "capacity", dims.key]);
  const mask = g.input("mask", "float32", [1, "capacity"]);
  const scaled = g.op("Mul", [query, g.floats([attention.scale], [])]);
  const products = g.op("MatMul", [scaled, g.op("Transpose", [keys], { perm: [0, 2, 1] })]);
  const scores = g.op("Add", [products, mask]);
  const values = dims.value === 0 ? keys : g.input("values", "float32", [keyValueHeads, "capacity", dims.value]);
  const sums = g.op("MatMul", [g.op("Softmax", [scores], { axis: -1 }), values]);
  const damped =
    attention.kind === "heads" && attention.sinks ? dampBySinks(g, sums, scores, [keyValueHeads, group, 1]) : sums;
  const width = attendedWidth(spec, shard);
  const attended =
    attention.kind === "heads"
      ? g.op("Reshape", [damped, g.integers([1, width])])
      : expandLatent(g, damped, attention, shard);
  g.output("attended", attended, [1, width]);
  return g.build();
}

/** attended [rows, heads * valueDim] -> projected [rows, hiddenSize], this shard's summand, for rows of any sequences. */
export function outputGraph(spec: ModelSpec, shard: AttentionShard, matrices: Matrices, addBias: boolean): Graph {
  const g = new GraphBuilder("output");
  const { attention, hiddenSize } = spec;
  const width = attendedWidth(spec, shard);
  const attended = g.input("attended", "float32", ["rows", width]);
  const bias = addBias && (attention.kind === "heads" ? attention.outputBias : attention.bias);
  const shape = { outputs: hiddenSize, inputs: width, bias };
  g.output("projected", matrices.linear(g, attended, "output", shape), ["rows", hiddenSize]);
  return g.build();
}

/** Columns of `attended`. */
export function attendedWidth(spec: ModelSpec, shard: AttentionShard): number {
  const { attention } = spec;
  return shard.heads * (attention.kind === "heads" ? attention.headDim : attention.valueDim);
}

function attend(g: GraphBuilder, spec: ModelSpec, shard: AttentionShard): Value {
  const { attention } = spec;
  const { heads, keyValueHeads } = shard;
  const group = heads / keyValueHeads;
  const dims = cacheDims(attention);
  const query = g.input("query", "float32", ["rows", heads * dims.key]);
  const keys = g.input("keys", "float32", [keyValueHeads, "capacity", dims.key]);
  const mask = g.input("mask", "float32", ["rows", "capacity"]);

  // [rows, keyValueHeads, group, keyDim] -> [keyValueHeads, group * rows, keyDim]: one product per key/value head.
  const scaled = g.op("Mul", [query, g.floats([attention.scale], [])]);
  const split = g.op("Reshape", [scaled, g.integers([-1, keyValueHeads, group, dims.key])]);
  const grouped = g.op("Transpose", [split], { perm: [1, 2, 0, 3] });
  const stacked = g.op("Reshape", [grouped, g.integers([keyValueHeads, -1, dims.key])]);
  const products = g.op("MatMul", [stacked, g.op("Transpose", [keys], { perm: [0, 2, 1] })]);
  const perHead = g.op("Shape", [grouped], { start: 0, end: 3 });
  const capacity = g.op("Shape", [keys], { start: 1, end: 2 });
  const scoreShape = g.op("Concat", [perHead, capacity], { axis: 0 });
  const scores = g.op("Add", [g.op("Reshape", [products, scoreShape]), mask]);
  const weights = g.op("Softmax", [scores], { axis: -1 });

  const values = dims.value === 0 ? keys : g.input("values", "float32", [keyValueHeads, "capacity", dims.value]);
  const valueDim = dims.value === 0 ? dims.key : dims.value;
  const flat = g.op("Reshape", [weights, g.op("Concat", [g.integers([keyValueHeads, -1]), capacity], { axis: 0 })]);
  const sums = g.op("MatMul", [flat, values]);
  const attended = g.op("Reshape", [sums, g.op("Concat", [perHead, g.integers([valueDim])], { axis: 0 })]);
  const damped =
    attention.kind === "heads" && attention.sinks
      ? dampBySinks(g, attended, scores, [keyValueHeads, group, 1, 1])
      : attended;
  return attention.kind === "heads"
    ? byRow(g, damped, heads * attention.headDim)
    : expandLatent(g, damped, attention, shard);
}

/**
 * A sink is one more score in the softmax whose weight goes nowhere: with L the logarithm of the sum of the other
 * scores' exponentials, the others keep the share exp(L) / (exp(L) + exp(sink)) = sigmoid(L - sink).
 */
function dampBySinks(g: GraphBuilder, attended: Value, scores: Value, shape: readonly number[]): Value {
  const sinks = g.input("sinks", "float32", shape);
  const total = g.op("ReduceLogSumExp", [scores, g.integers([-1])], { keepdims: 1 });
  return g.op("Mul", [attended, g.op("Sigmoid", [g.op("Sub", [total, sinks])])]);
}

/** [keyValueHeads, group, rows, dim] -> [rows, width] */
function byRow(g: GraphBuilder, attended: Value, width: number): Value {
  return g.op("Reshape", [g.op("Transpose", [attended], { perm: [2, 0, 1, 3] }), g.integers([-1, width])]);
}

/** The weighted sums of cached vectors [1, heads, rows, rank + rotary], expanded to values: [rows, heads * valueDim]. */
function expandLatent(
  g: GraphBuilder,
  attended: Value,
  attention: ModelSpec["attention"] & { kind: "latent" },
  shard: AttentionShard,
): Value {
  const { keyValueRank, rotaryDim, valueDim } = attention;
  const width = keyValueRank + rotaryDim;
  const byHead = g.op("Reshape", [attended, g.integers([shard.heads, -1, width])]);
  const [latent] = g.ops("Split", [byHead, g.integers([keyValueRank, rotaryDim])], 2, { axis: -1 }) as [Value, Value];
  const valueUp = g.input("valueUp", "float32", [shard.heads, keyValueRank, valueDim]);
  const values = g.op("MatMul", [latent, valueUp]);
  return g.op("Reshape", [g.op("Transpose", [values], { perm: [1, 0, 2] }), g.integers([-1, shard.heads * valueDim])]);
}
