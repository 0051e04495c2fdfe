/**
 * The computations of one thread over prepared weights. A kernel holds the weights of one slot; its sessions are shared
 * by all slots of the same shape when matrices are inputs, and its own when they are quantised constants.
 */
import { attendedWidth, attentionGraph, outputGraph, rowAttentionGraph } from "../graph/attentionGraph.ts";
import type { AttentionShard } from "../graph/attentionShard.ts";
import { feedForwardGraph, headGraph, routerGraph } from "../graph/feedForwardGraph.ts";
import type { Graph } from "../graph/graph.ts";
import type { Matrices } from "../graph/matrices.ts";
import { isNormSharded, projectionGraph } from "../graph/projectionGraph.ts";
import type { ModelSpec } from "../model/spec.ts";
import { type Feeds, type FloatTensor, floatData, floats, type OrtSession } from "./ort.ts";
import type { StoredMatrix } from "./preparedFile.ts";
import type { Weights } from "./weights.ts";

/** Makes the session of a graph. Called once for each graph of each slot; it may return one that exists already. */
export type SessionFactory = (key: string, build: (matrices: Matrices) => Graph) => OrtSession;

/** What a shard's kernel is made of: float32 weights, and matrices that are quantised. */
export interface KernelWeights {
  readonly weights: Weights;
  /** Empty in float32. */
  readonly matrices: ReadonlyMap<string, StoredMatrix>;
}

/** [outputs, inputs] of a matrix in either form. */
function matrixShape({ weights, matrices }: KernelWeights, name: string): readonly [outputs: number, inputs: number] {
  const stored = matrices.get(name);
  if (stored !== undefined) return [stored.outputs, stored.inputs];
  return weights.get(name)?.shape as readonly [number, number];
}

/** Weights as tensors that stay the same from run to run. */
function tensors(weights: Weights, names: (name: string) => boolean): Feeds {
  const feeds: Feeds = {};
  for (const [name, { data, shape }] of weights) if (names(name)) feeds[name] = floats(data, shape);
  return feeds;
}

const OUTPUT_NAMES = /^(output\.|valueUp|sinks)/;

export interface Projected {
  readonly query: FloatTensor;
  readonly key: FloatTensor;
  /** Absent in latent attention. */
  readonly value: FloatTensor | undefined;
}

export interface AttentionInputs {
  readonly query: FloatTensor;
  readonly keys: FloatTensor;
  readonly values: FloatTensor | undefined;
  readonly mask: FloatTensor;
}

export class AttentionKernel {
  readonly shard: AttentionShard;
  /** Columns of `attended`. */
  readonly attendedWidth: number;
  /** Whether norm and rotation follow `project`, once the norms over the heads of all shards are known. */
  readonly needsPosition: boolean;
  readonly #projection: OrtSession;
  readonly #attention: OrtSession;
  readonly #rowAttention: OrtSession;
  readonly #output: OrtSession;
  readonly #projectionFeeds: Feeds;
  /** Where `needsPosition`. */
  readonly queryNorm: Float32Array | undefined;
  readonly keyNorm: Float32Array | undefined;
  readonly #attentionFeeds: Feeds;
  readonly #outputFeeds: Feeds;

  constructor(spec: ModelSpec, shard: AttentionShard, { weights }: KernelWeights, session: SessionFactory) {
    this.shard = shard;
    this.attendedWidth = attendedWidth(spec, shard);
    this.needsPosition = spec.attention.kind === "heads" && isNormSharded(spec.attention, shard);
    const bias = weights.has("output.bias");
    const isQueryKeyNorm = (name: string): boolean => /^(query|key)Norm\./.test(name);
    this.#projection = session("projection", (matrices) => projectionGraph(spec, shard, matrices));
    this.#attention = session("attention", () => attentionGraph(spec, shard));
    this.#rowAttention = session("row attention", () => rowAttentionGraph(spec, shard));
    this.#output = session(`output ${bias}`, (matrices) => outputGraph(spec, shard, matrices, bias));
    this.#projectionFeeds = tensors(
      weights,
      (name) => !OUTPUT_NAMES.test(name) && !(this.needsPosition && isQueryKeyNorm(name)),
    );
    this.queryNorm = weights.get("queryNorm.weight")?.data;
    this.keyNorm = weights.get("keyNorm.weight")?.data;
    this.#attentionFeeds = tensors(weights, (name) => name === "sinks" || name === "valueUp");
    this.#outputFeeds = tensors(weights, (name) => name.startsWith("output."));
  }

  /** hidden [rows, hiddenSize]; cos and sin [1, rows, rotated/2], absent in models without rotary positions. */
  project(hidden: FloatTensor, cos: FloatTensor | undefined, sin: FloatTensor | undefined): Projected {
    const feeds: Feeds = { ...this.#projectionFeeds, hidden };
    if (!this.needsPosition) addRotations(feeds, cos, sin);
    return projected(this.#projection.run(feeds));
  }

  /** One sequence: [rows, heads * valueDim]. */
  attend(inputs: AttentionInputs): FloatTensor {
    if (inputs.query.dims[0] === 1) return this.#attendRow(inputs);
    return this.#attention.run({ ...this.#attentionFeeds, ...cacheFeeds(inputs) }).attended as FloatTensor;
  }

  #attendRow(inputs: AttentionInputs): FloatTensor {
    const { heads, keyValueHeads } = this.shard;
    const group = heads / keyValueHeads;
    const query = floatData(inputs.query);
    const feeds: Feeds = {
      ...this.#attentionFeeds,
      ...cacheFeeds({ ...inputs, query: floats(query, [keyValueHeads, group, query.length / heads]) }),
    };
    const { sinks } = this.#attentionFeeds;
    if (sinks !== undefined) feeds.sinks = floats(floatData(sinks), [keyValueHeads, group, 1]);
    return this.#rowAttention.run(feeds).attended as FloatTensor;
  }

  /** attended [rows, heads * valueDim] of any sequences -> [rows, hiddenSize], this thread's summand. */
  output(attended: FloatTensor): FloatTensor {
    return this.#output.run({ ...this.#outputFeeds, attended }).projected as FloatTensor;
  }
}

function addRotations(feeds: Feeds, cos: FloatTensor | undefined, sin: FloatTensor | undefined): void {
  if (cos === undefined || sin === undefined) return;
  feeds.cos = cos;
  feeds.sin = sin;
}

function projected(outputs: Record<string, FloatTensor>): Projected {
  return { query: outputs.query as FloatTensor, key: outputs.key as FloatTensor, value: outputs.value };
}

function cacheFeeds({ query, keys, values, mask }: AttentionInputs): Feeds {
  return values === undefined ? { query, keys, mask } : { query, keys, values, mask };
}

/** An expert, a shared expert or a dense network. */
export class FeedForwardKernel {
  readonly #session: OrtSession;
  readonly #feeds: Feeds;

  constructor(spec: ModelSpec, from: KernelWeights, session: SessionFactory) {
    const { weights } = from;
    const [, size] = matrixShape(from, "down.weight");
    const shape = {
      intermediateSize: size,
      gateUpBias: weights.has("gateUp.bias"),
      downBias: weights.has("down.bias"),
      gated: weights.has("sharedGate.weight"),
    };
    const key = `feedForward ${size} ${shape.gateUpBias} ${shape.downBias} ${shape.gated}`;
    this.#session = session(key, (matrices) => feedForwardGraph(spec, shape, matrices));
    this.#feeds = tensors(weights, () => true);
  }

  /** x [rows, hiddenSize] -> [rows, hiddenSize], this thread's summand. */
  run(x: FloatTensor): FloatTensor {
    return this.#session.run({ ...this.#feeds, x }).y as FloatTensor;
  }
}

export class RouterKernel {
  readonly #session: OrtSession;
  readonly #feeds: Feeds;

  constructor(spec: ModelSpec, weights: Weights, session: SessionFactory) {
    const withRouter = weights.has("router.weight");
    this.#session = session(`router ${withRouter}`, (matrices) => routerGraph(spec, withRouter, matrices));
    this.#feeds = tensors(weights, () => true);
  }

  /** hidden [rows, hiddenSize] -> normed [rows, hiddenSize]; logits [rows, experts] where the layer has experts. */
  run(hidden: FloatTensor): { readonly normed: FloatTensor; readonly logits: FloatTensor | undefined } {
    const { normed, logits } = this.#session.run({ ...this.#feeds, hidden });
    return { normed: normed as FloatTensor, logits };
  }
}

export class HeadKernel {
  /** Tokens of this thread's share. */
  readonly tokens: number;
  readonly #session: OrtSession;
  readonly #feeds: Feeds;

  constructor(spec: ModelSpec, from: KernelWeights, session: SessionFactory) {
    const { weights } = from;
    [this.tokens] = matrixShape(from, "head.weight");
    this.#session = session(`head ${this.tokens}`, (matrices) => headGraph(spec, this.tokens, matrices));
    this.#feeds = tensors(weights, () => true);
  }

  /** hidden [rows, hiddenSize] -> logits [rows, tokens]. */
  run(hidden: FloatTensor): FloatTensor {
    return this.#session.run({ ...this.#feeds, hidden }).logits as FloatTensor;
  }
}
