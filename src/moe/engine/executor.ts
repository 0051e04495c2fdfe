/**
 * The computations of one shard: its share of attention, experts and head, for the rows of the step at hand.
 *
 * All shards run the same operations on the same rows with their own share of the weights; their summands meet in
 * the exchange. Nothing here waits: the crew runs the next operation when all shards are done with this one.
 */
import { attentionShard } from "../graph/attentionShard.ts";
import type { HeadAttentionSpec, ModelSpec } from "../model/spec.ts";
import { type BatchSequence, type Exchange, readBatch } from "./exchange.ts";
import { AttentionKernel, FeedForwardKernel, HeadKernel, type KernelWeights, type Projected } from "./kernels.ts";
import { type FloatTensor, floatData, floats } from "./ort.ts";
import { addOutputs } from "./outputs.ts";
import { clipAll, positionHeads } from "./positionHeads.ts";
import { shareOf } from "./prepare.ts";
import { SequenceCaches } from "./sequenceCaches.ts";
import type { SessionPool } from "./sessionPool.ts";
import type { Share } from "./weights.ts";

export type KernelKind = "attention" | "feedForward" | "head";

export interface ExecutorOptions {
  readonly spec: ModelSpec;
  readonly share: Share;
  readonly exchange: Exchange;
  readonly sessions: SessionPool;
}

export class Executor {
  readonly #options: ExecutorOptions;
  readonly #attention = new Map<number, AttentionKernel>();
  readonly #feedForward = new Map<number, FeedForwardKernel>();
  readonly #head = new Map<number, HeadKernel>();
  readonly #caches: SequenceCaches;
  #batch: readonly BatchSequence[] = [];
  #rows = 0;
  #projected: Projected | undefined;
  #gathered = new Float32Array(0);

  constructor(options: ExecutorOptions) {
    this.#options = options;
    this.#caches = new SequenceCaches(options.spec);
  }

  /** Makes a kernel of this shard's share; without weights this shard has no share in it. */
  load(kernel: number, kind: KernelKind, from: KernelWeights): void {
    const { spec, share, sessions } = this.#options;
    if (from.weights.size + from.matrices.size === 0) return;
    const factory = sessions.forSlot(kernel, from.matrices);
    if (kind === "attention") {
      const shard = attentionShard(spec.attention, share.shard, share.shards);
      if (shard !== undefined) this.#attention.set(kernel, new AttentionKernel(spec, shard, from, factory));
    } else if (kind === "feedForward") this.#feedForward.set(kernel, new FeedForwardKernel(spec, from, factory));
    else this.#head.set(kernel, new HeadKernel(spec, from, factory));
  }

  unload(kernel: number): void {
    this.#attention.delete(kernel);
    this.#feedForward.delete(kernel);
    this.#head.delete(kernel);
    this.#options.sessions.release(kernel);
  }

  /** Forgets positions from `length` on; 0 releases the sequence's caches. */
  truncate(sequence: number, length: number): void {
    this.#caches.truncate(sequence, length);
  }

  get kernelCount(): number {
    return this.#attention.size + this.#feedForward.size + this.#head.size;
  }

  get sequenceCount(): number {
    return this.#caches.sequences;
  }

  /** Takes the batch from the exchange. */
  beginStep(): void {
    const batch = readBatch(this.#options.exchange);
    this.#batch = batch;
    this.#rows = batch.reduce((total, { rows }) => total + rows, 0);
    this.#projected = undefined;
    this.#caches.beginStep();
  }

  /**
   * Queries, keys and values of the rows in `hidden`. Where norms run over the heads of all shards, each leaves its sums
   * of squares in the exchange for `attend`.
   */
  project(kernel: number): void {
    const { spec, share, exchange } = this.#options;
    const attention = this.#attention.get(kernel);
    if (attention === undefined) return;
    const rows = this.#rows;
    const hidden = floats(exchange.hidden.subarray(0, rows * spec.hiddenSize), [rows, spec.hiddenSize]);
    const projected = attention.project(hidden, ...this.#rotations(rows));
    this.#projected = projected;
    if (!attention.needsPosition) return;
    const squares = exchange.squares[share.shard] as Float32Array;
    sumSquares(floatData(projected.query), squares.subarray(0, rows));
    sumSquares(floatData(projected.key), squares.subarray(rows, 2 * rows));
  }

  /** Attention of the projected rows in layer `layer`; this shard's summand goes to its `partial`. */
  attend(kernel: number, layer: number): void {
    const { share, exchange } = this.#options;
    const attention = this.#attention.get(kernel);
    const raw = this.#projected;
    this.#projected = undefined;
    const partial = exchange.partial[share.shard] as Float32Array;
    if (attention === undefined || raw === undefined) {
      partial.fill(0, 0, this.#rows * this.#options.spec.hiddenSize);
      return;
    }
    if (attention.needsPosition) this.#position(attention, raw);
    partial.set(floatData(attention.output(this.#attended(attention, layer, raw))));
  }

  /** The groups listed in the exchange, each on its rows; this shard's summands of their outputs. */
  feedForward(groupCount: number): void {
    const { spec, share, exchange } = this.#options;
    const outputs = exchange.outputs[share.shard] as Float32Array;
    for (let group = 0; group < groupCount; group++) {
      const [id, first, count] = exchange.groups.subarray(3 * group) as unknown as [number, number, number];
      const kernel = this.#feedForward.get(id);
      const at = first * spec.hiddenSize;
      if (kernel === undefined) outputs.fill(0, at, at + count * spec.hiddenSize);
      else outputs.set(floatData(kernel.run(this.#gather(first, count))), at);
    }
  }

  /** Adds this shard's columns of the groups listed in the exchange to the residual stream. */
  addOutputs(groupCount: number): void {
    const { spec, share, exchange } = this.#options;
    const columns = shareOf(spec.hiddenSize, share);
    const sums = this.#scratch(this.#rows * (columns[1] - columns[0]));
    addOutputs(exchange, groupCount, sums, { rows: this.#rows, columns, factor: spec.multipliers.residual });
  }

  /** Logits of the rows listed in the exchange; this shard's columns. */
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

  #rotations(rows: number): readonly [FloatTensor | undefined, FloatTensor | undefined] {
    const { spec, exchange } = this.#options;
    if (spec.rope === undefined) return [undefined, undefined];
    const half = spec.rope.dimension / 2;
    const tensor = (all: Float32Array): FloatTensor => floats(all.subarray(0, rows * half), [1, rows, half]);
    return [tensor(exchange.cos), tensor(exchange.sin)];
  }

  /** Norm over the heads of all shards, whose sums of squares lie in the exchange, then rotation; in place. */
  #position(attention: AttentionKernel, { query, key, value }: Projected): void {
    const { spec, exchange } = this.#options;
    const rows = this.#rows;
    const { heads, headDim, keyValueHeads, clip } = spec.attention as HeadAttentionSpec;
    const { shards } = attention.shard;
    const scales = (offset: number, width: number, copies: number): Float32Array => {
      const out = new Float32Array(rows);
      for (let shard = 0; shard < shards; shard++) {
        const squares = exchange.squares[shard] as Float32Array;
        for (let row = 0; row < rows; row++) out[row]! += squares[offset + row] as number;
      }
      for (let row = 0; row < rows; row++) {
        out[row] = 1 / Math.sqrt((out[row] as number) / copies / width + spec.norm.epsilon);
      }
      return out;
    };
    const { rope } = spec;
    const rotation = rope && { rope, cos: exchange.cos, sin: exchange.sin };
    const place = (tensor: FloatTensor, scale: Float32Array, weight: Float32Array | undefined): void =>
      positionHeads({ values: floatData(tensor), headDim, scale, weight: weight as Float32Array }, clip, rotation);
    place(query, scales(0, heads * headDim, 1), attention.queryNorm);
    // Key heads that several shards hold were counted by each of them.
    place(key, scales(rows, keyValueHeads * headDim, Math.max(1, shards / keyValueHeads)), attention.keyNorm);
    if (clip !== undefined) clipAll(floatData(value), 0, floatData(value).length, clip);
  }

  /** Attention of each sequence over its own cache: [rows, heads * valueDim]. */
  #attended(attention: AttentionKernel, layer: number, projected: Projected): FloatTensor {
    const rows = this.#rows;
    const single = this.#batch.length === 1;
    const width = attention.attendedWidth;
    const all = new Float32Array(single ? 0 : rows * width);
    for (const part of this.#batch) {
      const cache = this.#caches.of(part.sequence, layer, attention.shard);
      const value = projected.value === undefined ? undefined : floatData(projected.value);
      cache.append(floatData(projected.key), value, part.firstRow, part.rows);
      const attended = attention.attend({
        query: single ? projected.query : rowsOf(projected.query, part.firstRow, part.rows),
        keys: cache.keys(),
        values: cache.valueDim === 0 ? undefined : cache.values(),
        mask: this.#caches.mask(part, layer, cache.capacity),
      });
      if (single) return attended;
      all.set(floatData(attended), part.firstRow * width);
    }
    return floats(all, [rows, width]);
  }

  /** The rows of `normed` that a group lists, as one block; a single row or a run of rows is not copied. */
  #gather(at: number, count: number): FloatTensor {
    const { spec, exchange } = this.#options;
    const size = spec.hiddenSize;
    const first = exchange.assignedRows[at] as number;
    if (exchange.assignedRows[at + count - 1] === first + count - 1) {
      return floats(exchange.normed.subarray(first * size, (first + count) * size), [count, size]);
    }
    const block = this.#scratch(count * size);
    for (let i = 0; i < count; i++) {
      const row = exchange.assignedRows[at + i] as number;
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

/** Of each row of `values`, into `out` [rows]. */
function sumSquares(values: Float32Array, out: Float32Array): void {
  const width = values.length / out.length;
  for (let row = 0; row < out.length; row++) {
    let sum = 0;
    for (let i = row * width; i < (row + 1) * width; i++) sum += (values[i] as number) ** 2;
    out[row] = sum;
  }
}
