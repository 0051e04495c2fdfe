/**
 * DeepSeek's latent attention over whole sequences: keys and values are expanded from one latent vector per position;
 * all heads share the rotated part of the key. https://arxiv.org/abs/2405.04434, section 2.1
 */
import type { GraphBuilder, Value } from "../../graph/graph.ts";
import { rmsNorm } from "../../graph/layers.ts";
import type { LatentAttentionSpec, ModelSpec } from "../../model/spec.ts";
import { type AttentionValues, type Context, kept, linear, reshapeTo, rotation, scale } from "./pieces.ts";

export function latentContext(
  g: GraphBuilder,
  spec: ModelSpec,
  attention: LatentAttentionSpec,
  { x, length, queries, mask }: AttentionValues,
): Context {
  const { heads, plainDim, rotaryDim, valueDim, keyValueRank } = attention;
  const rotateKeys = rotation(g, spec.rope);
  const rotateQueries = queries.rows === "rows" ? rotateKeys : rotation(g, spec.rope, queries.rows);
  const queryDim = plainDim + rotaryDim;
  const query = kept(g, "query", projectQuery(g, queries.x, spec, attention), [queries.rows, heads * queryDim]);
  const byHead = reshapeTo(g, query, [-1, heads, queryDim]);
  const [plainQuery, turningQuery] = splitLast(g, byHead, plainDim, rotaryDim);
  const turnedQuery = rotateQueries(reshapeTo(g, turningQuery, [-1, heads * rotaryDim]), heads, rotaryDim);
  const turnedQueries = g.op("Concat", [plainQuery, reshapeTo(g, turnedQuery, [-1, heads, rotaryDim])], { axis: -1 });

  const downShape = { outputs: keyValueRank + rotaryDim, inputs: spec.hiddenSize, bias: attention.bias };
  const down = kept(g, "latent", linear(g, x, "latentDown", downShape), ["rows", downShape.outputs]);
  const [latent, turningKey] = splitLast(g, down, keyValueRank, rotaryDim);
  const weight = g.input("latentNorm.weight", "float32", [keyValueRank]);
  const normed = rmsNorm(g, latent, weight, attention.latentEpsilon);
  const upShape = { outputs: heads * (plainDim + valueDim), inputs: keyValueRank };
  const up = kept(g, "keyValue", linear(g, normed, "latentUp", upShape), ["rows", upShape.outputs]);
  const [plainKey, values] = splitLast(g, reshapeTo(g, up, [-1, heads, plainDim + valueDim]), plainDim, valueDim);

  // Scores are taken in two products, so that the shared part of the keys is not repeated for every head.
  const toHeads = (v: Value, dim: number, count = length): Value =>
    g.op("Transpose", [reshapeTo(g, v, [-1, count, heads, dim])], { perm: [0, 2, 1, 3] });
  const scaled = toHeads(scale(g, turnedQueries, attention.scale), queryDim, queries.count);
  const [plain, turned] = splitLast(g, scaled, plainDim, rotaryDim);
  const keys = g.op("Transpose", [toHeads(plainKey, plainDim)], { perm: [0, 1, 3, 2] });
  const sharedKey = reshapeTo(g, rotateKeys(turningKey, 1, rotaryDim), [-1, 1, length, rotaryDim]);
  const sharedKeys = g.op("Transpose", [sharedKey], { perm: [0, 1, 3, 2] });
  const products = g.op("Add", [g.op("MatMul", [plain, keys]), g.op("MatMul", [turned, sharedKeys])]);
  const weights = g.op("Softmax", [g.op("Add", [products, mask])], { axis: -1 });
  const attended = g.op("MatMul", [weights, toHeads(values, valueDim)]);
  const byRow = g.op("Transpose", [attended], { perm: [0, 2, 1, 3] });
  const width = heads * valueDim;
  return { context: reshapeTo(g, byRow, [-1, width]), width, keep: ["query", "latent", "keyValue"] };
}

function projectQuery(g: GraphBuilder, x: Value, spec: ModelSpec, attention: LatentAttentionSpec): Value {
  const outputs = attention.heads * (attention.plainDim + attention.rotaryDim);
  const { queryRank } = attention;
  if (queryRank === undefined) return linear(g, x, "query", { outputs, inputs: spec.hiddenSize });
  const down = linear(g, x, "queryDown", { outputs: queryRank, inputs: spec.hiddenSize, bias: attention.bias });
  const weight = g.input("queryDownNorm.weight", "float32", [queryRank]);
  const normed = rmsNorm(g, down, weight, attention.latentEpsilon);
  return linear(g, normed, "queryUp", { outputs, inputs: queryRank });
}

function splitLast(g: GraphBuilder, x: Value, first: number, second: number): [Value, Value] {
  return g.ops("Split", [x, g.integers([first, second])], 2, { axis: -1 }) as [Value, Value];
}
