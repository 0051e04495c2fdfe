/**
 * From the residual stream to queries, keys and values, for rows of any sequences.
 *
 *   hidden [rows, hiddenSize], cos and sin [1, rows, rotated/2]
 *   -> query [rows, heads * keyDim], key [rows, keyValueHeads * keyDim], value [rows, keyValueHeads * valueDim]
 *
 * Query, key and value matrices are one: `qkv.weight` holds the rows of the queries, then keys, then values.
 * Latent attention caches one vector per position, the normalised latent and the rotated key part; its queries are
 * multiplied by the key expansion (`keyUp`), so that scores are taken against the cached vector itself.
 */
import type { HeadAttentionSpec, LatentAttentionSpec, ModelSpec, RopeSpec } from "../model/spec.ts";
import type { AttentionShard } from "./attentionShard.ts";
import { type Graph, GraphBuilder, type Value } from "./graph.ts";
import { norm, rmsNorm } from "./layers.ts";
import type { Matrices } from "./matrices.ts";

export function projectionGraph(spec: ModelSpec, shard: AttentionShard, matrices: Matrices): Graph {
  const g = new GraphBuilder("projection");
  const hidden = g.input("hidden", "float32", ["rows", spec.hiddenSize]);
  const x = norm(g, hidden, "inputNorm", spec.hiddenSize, spec.norm);
  const { attention } = spec;
  if (attention.kind === "latent") latentProjection(g, x, spec, attention, shard, matrices);
  else headProjection(g, x, spec, attention, shard, matrices);
  return g.build();
}

function headProjection(
  g: GraphBuilder,
  x: Value,
  spec: ModelSpec,
  attention: HeadAttentionSpec,
  shard: AttentionShard,
  matrices: Matrices,
): void {
  const queries = shard.heads * attention.headDim;
  const keys = shard.keyValueHeads * attention.headDim;
  const shape = { outputs: queries + 2 * keys, inputs: spec.hiddenSize, bias: attention.inputBias };
  const qkv = matrices.linear(g, x, "qkv", shape);
  const parts = g.ops("Split", [qkv, g.integers([queries, keys, keys])], 3, { axis: -1 }) as [Value, Value, Value];
  const sharded = isNormSharded(attention, shard);
  if (sharded) {
    // The norm runs over all heads, also those of other shards: it follows outside, once its sum is known.
    g.output("query", parts[0], ["rows", queries]);
    g.output("key", parts[1], ["rows", keys]);
    g.output("value", parts[2], ["rows", keys]);
    return;
  }
  const query = normHeads(g, parts[0], "queryNorm", shard.heads, attention, spec);
  const key = normHeads(g, parts[1], "keyNorm", shard.keyValueHeads, attention, spec);
  finishHeads(g, query, key, parts[2], spec, attention, shard);
}

/** Whether queries and keys are normalised over heads of several shards. */
export function isNormSharded(attention: HeadAttentionSpec, shard: AttentionShard): boolean {
  return attention.queryKeyNorm === "all" && shard.shards > 1;
}

function normHeads(
  g: GraphBuilder,
  x: Value,
  name: string,
  heads: number,
  attention: HeadAttentionSpec,
  spec: ModelSpec,
): Value {
  const { queryKeyNorm, headDim } = attention;
  if (queryKeyNorm === "none") return x;
  if (queryKeyNorm === "all") {
    return rmsNorm(g, x, g.input(`${name}.weight`, "float32", [heads * headDim]), spec.norm.epsilon);
  }
  const perHead = g.op("Reshape", [x, g.integers([-1, heads, headDim])]);
  const normed = rmsNorm(g, perHead, g.input(`${name}.weight`, "float32", [headDim]), spec.norm.epsilon);
  return g.op("Reshape", [normed, g.integers([-1, heads * headDim])]);
}

function finishHeads(
  g: GraphBuilder,
  query: Value,
  key: Value,
  value: Value,
  spec: ModelSpec,
  attention: HeadAttentionSpec,
  shard: AttentionShard,
): void {
  const queries = shard.heads * attention.headDim;
  const keys = shard.keyValueHeads * attention.headDim;
  const clipped = (x: Value): Value => clip(g, x, attention.clip);
  const rotary = rotaryInputs(g, spec.rope);
  g.output("query", rotary.rotate(clipped(query), shard.heads, attention.headDim), ["rows", queries]);
  g.output("key", rotary.rotate(clipped(key), shard.keyValueHeads, attention.headDim), ["rows", keys]);
  g.output("value", clipped(value), ["rows", keys]);
}

function clip(g: GraphBuilder, x: Value, limit: number | undefined): Value {
  if (limit === undefined) return x;
  return g.op("Max", [g.op("Min", [x, g.floats([limit], [])]), g.floats([-limit], [])]);
}

interface Rotary {
  /** x [rows, heads * headDim], rotated within each head. */
  rotate(x: Value, heads: number, headDim: number): Value;
}

function rotaryInputs(g: GraphBuilder, rope: RopeSpec | undefined): Rotary {
  if (rope === undefined) return { rotate: (x) => x };
  const cos = g.input("cos", "float32", [1, "rows", rope.dimension / 2]);
  const sin = g.input("sin", "float32", [1, "rows", rope.dimension / 2]);
  return {
    rotate: (x, heads, headDim) => {
      const width = heads * headDim;
      const batched = g.op("Reshape", [x, g.integers([1, -1, width])]);
      const rotated = g.op("RotaryEmbedding", [batched, cos, sin], {
        interleaved: rope.interleaved ? 1 : 0,
        num_heads: heads,
        rotary_embedding_dim: rope.dimension === headDim ? 0 : rope.dimension,
      });
      return g.op("Reshape", [rotated, g.integers([-1, width])]);
    },
  };
}

function latentProjection(
  g: GraphBuilder,
  x: Value,
  spec: ModelSpec,
  attention: LatentAttentionSpec,
  shard: AttentionShard,
  matrices: Matrices,
): void {
  const { plainDim, rotaryDim, keyValueRank } = attention;
  const { heads } = shard;
  const rotary = rotaryInputs(g, spec.rope);

  const query = g.op("Reshape", [
    latentQuery(g, x, spec, attention, heads, matrices),
    g.integers([-1, heads, plainDim + rotaryDim]),
  ]);
  const [plain, turning] = g.ops("Split", [query, g.integers([plainDim, rotaryDim])], 2, { axis: -1 }) as [
    Value,
    Value,
  ];
  const keyUp = g.input("keyUp", "float32", [heads, plainDim, keyValueRank]);
  const byHead = g.op("MatMul", [g.op("Transpose", [plain], { perm: [1, 0, 2] }), keyUp]);
  const latentPart = g.op("Transpose", [byHead], { perm: [1, 0, 2] });
  const flat = g.op("Reshape", [turning, g.integers([-1, heads * rotaryDim])]);
  const turned = g.op("Reshape", [rotary.rotate(flat, heads, rotaryDim), g.integers([-1, heads, rotaryDim])]);
  const joined = g.op("Concat", [latentPart, turned], { axis: -1 });
  const width = keyValueRank + rotaryDim;
  g.output("query", g.op("Reshape", [joined, g.integers([-1, heads * width])]), ["rows", heads * width]);

  const down = matrices.linear(g, x, "latentDown", { outputs: width, inputs: spec.hiddenSize, bias: attention.bias });
  const [latent, key] = g.ops("Split", [down, g.integers([keyValueRank, rotaryDim])], 2, { axis: -1 }) as [
    Value,
    Value,
  ];
  const weight = g.input("latentNorm.weight", "float32", [keyValueRank]);
  const normed = rmsNorm(g, latent, weight, attention.latentEpsilon);
  g.output("key", g.op("Concat", [normed, rotary.rotate(key, 1, rotaryDim)], { axis: -1 }), ["rows", width]);
}

function latentQuery(
  g: GraphBuilder,
  x: Value,
  spec: ModelSpec,
  attention: LatentAttentionSpec,
  heads: number,
  matrices: Matrices,
): Value {
  const outputs = heads * (attention.plainDim + attention.rotaryDim);
  const { queryRank } = attention;
  if (queryRank === undefined) return matrices.linear(g, x, "query", { outputs, inputs: spec.hiddenSize });
  const shape = { outputs: queryRank, inputs: spec.hiddenSize, bias: attention.bias };
  const down = matrices.linear(g, x, "queryDown", shape);
  const weight = g.input("queryDownNorm.weight", "float32", [queryRank]);
  const normed = rmsNorm(g, down, weight, attention.latentEpsilon);
  return matrices.linear(g, normed, "queryUp", { outputs, inputs: queryRank });
}
