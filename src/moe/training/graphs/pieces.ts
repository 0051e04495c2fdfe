/** Pieces of the training graphs. */
import type { Dimension, GraphBuilder, Value } from "../../graph/graph.ts";
import type { LinearShape } from "../../graph/matrices.ts";
import type { RopeSpec } from "../../model/spec.ts";
import { sizeVector } from "../autodiff/broadcast.ts";

/** x [rows, inputs] times the transpose of `NAME.weight` [outputs, inputs], plus `NAME.bias`. */
export function linear(g: GraphBuilder, x: Value, name: string, { outputs, inputs, bias }: LinearShape): Value {
  const weight = g.input(`${name}.weight`, "float32", [outputs, inputs]);
  const terms = bias ? [g.input(`${name}.bias`, "float32", [outputs])] : [];
  return g.op("Gemm", [x, weight, ...terms], { transB: 1 });
}

export function scale(g: GraphBuilder, x: Value, factor: number): Value {
  return factor === 1 ? x : g.op("Mul", [x, g.floats([factor], [])]);
}

/** Declares `value` as an output of the same name and goes on with it. */
export function kept(g: GraphBuilder, name: string, value: Value, shape: readonly Dimension[]): Value {
  g.output(name, value, shape);
  return value;
}

/** Reshape to sizes that are numbers (0: as before, -1: what is left) or int64 values of one element. */
export function reshapeTo(g: GraphBuilder, x: Value, sizes: readonly (number | Value)[]): Value {
  return g.op("Reshape", [x, sizeVector(g, sizes)]);
}

/** Rotates each head of x [rows, heads * headDim]. Declares the inputs `cos` and `sin` when it is made, for queries `queryCos` and `querySin`. */
export function rotation(
  g: GraphBuilder,
  rope: RopeSpec | undefined,
  rows: Queries["rows"] = "rows",
): (x: Value, heads: number, headDim: number) => Value {
  if (rope === undefined) return (x) => x;
  const [cosName, sinName] = rows === "rows" ? ["cos", "sin"] : ["queryCos", "querySin"];
  const shape = [1, rows, rope.dimension / 2];
  const cos = g.input(cosName, "float32", shape);
  const sin = g.input(sinName, "float32", shape);
  return (x, heads, headDim) => {
    const width = heads * headDim;
    const rotated = g.op("RotaryEmbedding", [reshapeTo(g, x, [1, -1, width]), cos, sin], {
      interleaved: rope.interleaved ? 1 : 0,
      num_heads: heads,
      rotary_embedding_dim: rope.dimension === headDim ? 0 : rope.dimension,
    });
    return reshapeTo(g, rotated, [-1, width]);
  };
}

export interface AttentionValues {
  /** Normalised input, [rows, hiddenSize]. */
  readonly x: Value;
  /** Rows of each sequence. */
  readonly length: Value;
  readonly queries: Queries;
  /** [queries, length] */
  readonly mask: Value;
}

/** As many queries of each of the `rows/length` sequences. */
export const QUERY_ROWS = "queries*rows/length";

/** The rows that look: all, or a part of each sequence. */
export interface Queries {
  /** Their number, as a dimension: see `autodiff/dimension.ts`. */
  readonly rows: "rows" | typeof QUERY_ROWS;
  /** Normalised input, [queries, hiddenSize]. */
  readonly x: Value;
  /** Queries of each sequence. */
  readonly count: Value;
}

export interface Context {
  /** Weighted sums of values, a row for each query, of `width`. */
  readonly context: Value;
  readonly width: number;
  /** Names of outputs worth keeping. */
  readonly keep: readonly Value[];
}
