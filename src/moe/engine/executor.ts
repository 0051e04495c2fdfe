/**
 * What one computing thread does: its share of attention, experts and head, for the rows of the step at hand.
 *
 * All threads run the same operations on the same rows with their own share of the weights; their sums meet in
 * `exchange.partial`. Nothing here waits for anything but the barrier.
 */
import { attentionShard, cacheDims } from "../graph/attentionShard.ts";
import type { HeadAttentionSpec, ModelSpec } from "../model/spec.ts";
import type { Exchange } from "./exchange.ts";
import { AttentionKernel, FeedForwardKernel, HeadKernel, type Projected } from "./kernels.ts";
import { KvCache } from "./kvCache.ts";
import { causalMask } from "./mask.ts";
import { type FloatTensor, floatData, floats } from "./ort.ts";
import { type Share, shareOf, type Weights } from "./prepare.ts";
import type { SessionPool } from "./sessionPool.ts";

export type KernelKind = "attention" | "feedForward" | "head";

/** The rows `[firstRow, firstRow + rows)` of a step belong to one sequence, at positions from `start` on. */
export interface BatchSequence {
  readonly sequence: number;
  readonly firstRow: number;
  readonly rows: number;
  readonly start: number;
}

export interface ExecutorOptions {
  readonly spec: ModelSpec;
  readonly share: Share;
  readonly exchange: Exchange;
  readonly sessions: SessionPool;
  /** Returns when all threads have called it. */
  readonly barrier: () => void;
}

export class Executor {
  readonly #options: ExecutorOptions;
  readonly #attention = new Map<number, AttentionKernel>();
  readonly #feedForward = new Map<number, FeedForwardKernel>();
  readonly #head = new Map<number, HeadKernel>();
  /** By sequence, then by layer. */
  readonly #caches = new Map<number, Map<number, KvCache>>();
  #batch: readonly BatchSequence[] = [];
  readonly #masks = new Map<string, FloatTensor>();
  #gathered = new Float32Array(0);

  constructor(options: ExecutorOptions) {
    this.#options = options;
  }

  /** Makes a kernel of this thread's share; without weights this thread has no share in it. */
  load(kernel: number, kind: KernelKind, weights: Weights): void {
    const { spec, share, sessions } = this.#options;
    if (weights.size === 0) return;
    const factory = sessions.forSlot(kernel, weights);
    if (kind === "attention") {
      const shard = attentionShard(spec.attention, share.rank, share.threads);
      if (shard !== undefined) this.#attention.set(kernel, new AttentionKernel(spec, shard, weights, factory));
    } else if (kind === "feedForward") this.#feedForward.set(kernel, new FeedForwardKernel(spec, weights, factory));
    else this.#head.set(kernel, new HeadKernel(spec, weights, factory));
  }

  unload(kernel: number): void {
    this.#attention.delete(kernel);
    this.#feedForward.delete(kernel);
    this.#head.delete(kernel);
    this.#options.sessions.release(kernel);
  }

  /** Forgets positions from `length` on; 0 releases the sequence's caches. */
  truncate(sequence: number, length: number): void {
    if (length === 0) this.#caches.delete(sequence);
    else for (const cache of this.#caches.get(sequence)?.values() ?? []) cache.truncate(length);
  }

  /** Bytes of all caches of a sequence in this thread. */
  cacheBytes(sequence: number): number {
    let total = 0;
    for (const cache of this.#caches.get(sequence)?.values() ?? []) total += cache.byteLength;
    return total;
  }

  get kernelCount(): number {
    return this.#attention.size + this.#feedForward.size + this.#head.size;
  }

  get sequenceCount(): number {
    return this.#caches.size;
  }

  beginStep(batch: readonly BatchSequence[]): void {
    this.#batch = batch;
    this.#masks.clear();
  }

  /** Attention of layer `layer` over `hidden`; this thread's summand goes to its `partial`. */
  attend(kernel: number, layer: number): void {
    const { spec, share, exchange, barrier } = this.#options;
    const attention = this.#attention.get(kernel);
    const rows = this.#rows();
    const sharded = spec.attention.kind === "heads" && spec.attention.queryKeyNorm === "all" && share.threads > 1;
    if (attention === undefined) {
      if (sharded) barrier();
      return;
    }
    const hidden = floats(exchange.hidden.subarray(0, rows * spec.hiddenSize), [rows, spec.hiddenSize]);
    const [cos, sin] = this.#rotations(rows);
    let projected = attention.project(hidden, cos, sin);
    if (attention.needsPosition) projected = this.#position(attention, projected, rows);
    else if (sharded) barrier();
    const attended = this.#attended(attention, layer, projected, rows);
    (exchange.partial[share.rank] as Float32Array).set(floatData(attention.output(attended)));
  }

  /** The groups listed in the exchange: sums of this thread's expert outputs, in the order of the list, in its `partial`. */
  feedForward(groupCount: number, rows: number, add: boolean): void {
    const { spec, share, exchange } = this.#options;
    const size = spec.hiddenSize;
    const sums = exchange.partial[share.rank] as Float32Array;
    if (!add) sums.fill(0, 0, rows * size);
    let at = 0;
    for (let group = 0; group < groupCount; group++) {
      const kernel = this.#feedForward.get(exchange.groups[2 * group] as number);
      const count = exchange.groups[2 * group + 1] as number;
      if (kernel !== undefined) {
        const y = floatData(kernel.run(this.#gather(at, count)));
        for (let i = 0; i < count; i++) {
          const row = exchange.groupRows[at + i] as number;
          addScaled(sums, row * size, y, i * size, size, exchange.groupWeights[at + i] as number);
        }
      }
      at += count;
    }
  }

  /** Logits of the rows listed in the exchange; this thread's columns. */
  head(kernel: number, rowCount: number): void {
    const { spec, share, exchange } = this.#options;
    const head = this.#head.get(kernel);
    if (head === undefined) return;
    const size = spec.hiddenSize;
    const hidden = this.#scratch(rowCount * size);
    for (let i = 0; i < rowCount; i++) {
      const row = exchange.headRows[i] as number;
      hidden.set(exchange.hidden.subarray(row * size, (row + 1) * size), i * size);
    }
    const logits = floatData(head.run(floats(hidden, [rowCount, size])));
    const [first] = shareOf(spec.vocabSize, share);
    for (let i = 0; i < rowCount; i++) {
      exchange.logits.set(logits.subarray(i * head.tokens, (i + 1) * head.tokens), i * spec.vocabSize + first);
    }
  }

  #rows(): number {
    return this.#batch.reduce((total, { rows }) => total + rows, 0);
  }

  #rotations(rows: number): readonly [FloatTensor | undefined, FloatTensor | undefined] {
    const { spec, exchange } = this.#options;
    if (spec.rope === undefined) return [undefined, undefined];
    const half = spec.rope.dimension / 2;
    const tensor = (all: Float32Array): FloatTensor => floats(all.subarray(0, rows * half), [1, rows, half]);
    return [tensor(exchange.cos), tensor(exchange.sin)];
  }

  /** Norm over the heads of all threads: their sums of squares meet in the exchange. */
  #position(attention: AttentionKernel, raw: Projected, rows: number): Projected {
    const { spec, share, exchange, barrier } = this.#options;
    const own = exchange.squares[share.rank] as Float32Array;
    sumSquares(floatData(raw.query), own.subarray(0, rows));
    sumSquares(floatData(raw.key), own.subarray(rows, 2 * rows));
    barrier();
    const { heads, headDim, keyValueHeads } = spec.attention as HeadAttentionSpec;
    const scale = (offset: number, width: number, copies: number): FloatTensor => {
      const out = new Float32Array(rows);
      for (let thread = 0; thread < attention.shard.shards; thread++) {
        const squares = exchange.squares[thread] as Float32Array;
        for (let row = 0; row < rows; row++) out[row]! += squares[offset + row] as number;
      }
      for (let row = 0; row < rows; row++) {
        out[row] = 1 / Math.sqrt((out[row] as number) / copies / width + spec.norm.epsilon);
      }
      return floats(out, [rows, 1]);
    };
    // Key heads that several threads hold were counted by each of them.
    const copies = Math.max(1, attention.shard.shards / keyValueHeads);
    const [cos, sin] = this.#rotations(rows);
    const queryScale = scale(0, heads * headDim, 1);
    return attention.position(raw, queryScale, scale(rows, keyValueHeads * headDim, copies), cos, sin);
  }

  /** Attention of each sequence over its own cache: [rows, heads * valueDim]. */
  #attended(attention: AttentionKernel, layer: number, projected: Projected, rows: number): FloatTensor {
    const single = this.#batch.length === 1;
    const width = attention.attendedWidth;
    const all = new Float32Array(single ? 0 : rows * width);
    for (const part of this.#batch) {
      const cache = this.#cache(part.sequence, layer, attention);
      const value = projected.value === undefined ? undefined : floatData(projected.value);
      cache.append(floatData(projected.key), value, part.firstRow, part.rows);
      const attended = attention.attend({
        query: single ? projected.query : rowsOf(projected.query, part.firstRow, part.rows),
        keys: cache.keys(),
        values: cache.valueDim === 0 ? undefined : cache.values(),
        mask: this.#mask(part, cache.capacity, this.#options.spec.layers[layer]?.window),
      });
      if (single) return attended;
      all.set(floatData(attended), part.firstRow * width);
    }
    return floats(all, [rows, width]);
  }

  #cache(sequence: number, layer: number, attention: AttentionKernel): KvCache {
    let layers = this.#caches.get(sequence);
    if (layers === undefined) this.#caches.set(sequence, (layers = new Map()));
    let cache = layers.get(layer);
    if (cache === undefined) {
      const { key, value } = cacheDims(this.#options.spec.attention);
      const heads = this.#options.spec.attention.kind === "heads" ? attention.shard.keyValueHeads : 1;
      layers.set(layer, (cache = new KvCache(heads, key, value)));
    }
    return cache;
  }

  #mask(part: BatchSequence, capacity: number, window: number | undefined): FloatTensor {
    const key = `${part.sequence} ${capacity} ${window}`;
    let mask = this.#masks.get(key);
    if (mask === undefined) {
      mask = floats(causalMask(part.start, part.rows, capacity, window), [part.rows, capacity]);
      this.#masks.set(key, mask);
    }
    return mask;
  }

  /** The rows of `normed` that a group lists, as one block; a single row or a run of rows is not copied. */
  #gather(at: number, count: number): FloatTensor {
    const { spec, exchange } = this.#options;
    const size = spec.hiddenSize;
    const first = exchange.groupRows[at] as number;
    if (exchange.groupRows[at + count - 1] === first + count - 1) {
      return floats(exchange.normed.subarray(first * size, (first + count) * size), [count, size]);
    }
    const block = this.#scratch(count * size);
    for (let i = 0; i < count; i++) {
      const row = exchange.groupRows[at + i] as number;
      block.set(exchange.normed.subarray(row * size, (row + 1) * size), i * size);
    }
    return floats(block, [count, size]);
  }

  #scratch(length: number): Float32Array {
    if (this.#gathered.length < length) this.#gathered = new Float32Array(length);
    return this.#gathered.subarray(0, length);
  }
}

function rowsOf(tensor: FloatTensor, first: number, count: number): FloatTensor {
  const width = tensor.dims[1] as number;
  return floats(floatData(tensor).subarray(first * width, (first + count) * width), [count, width]);
}

function addScaled(
  to: Float32Array,
  at: number,
  from: Float32Array,
  offset: number,
  count: number,
  weight: number,
): void {
  for (let i = 0; i < count; i++) to[at + i]! += weight * (from[offset + i] as number);
}

/** Of each row of `values`, into `out` [rows]. */
function sumSquares(values: Float32Array, out: Float32Array): void {
  const width = values.length / out.length;
  for (let row = 0; row < out.length; row++) {
    let sum = 0;
    for (let i = row * width; i < (row + 1) * width; i++) sum += (values[i] as number) ** 2;
    out[row] = sum;
  }
}
