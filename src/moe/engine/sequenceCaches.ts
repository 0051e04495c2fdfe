/** Keys and values of all sequences in one shard, and the masks of the step at hand. */
import { type AttentionShard, cacheDims } from "../graph/attentionShard.ts";
import type { ModelSpec } from "../model/spec.ts";
import type { BatchSequence } from "./exchange.ts";
import { KvCache } from "./kvCache.ts";
import { causalMask } from "./mask.ts";
import { type FloatTensor, floats } from "./ort.ts";

export class SequenceCaches {
  readonly #spec: ModelSpec;
  /** By sequence, then by layer. */
  readonly #caches = new Map<number, Map<number, KvCache>>();
  readonly #masks = new Map<string, FloatTensor>();

  constructor(spec: ModelSpec) {
    this.#spec = spec;
  }

  get sequences(): number {
    return this.#caches.size;
  }

  /** The cache of a sequence in a layer, made at its first use. */
  of(sequence: number, layer: number, shard: AttentionShard): KvCache {
    const layers = this.#caches.get(sequence) ?? new Map<number, KvCache>();
    this.#caches.set(sequence, layers);
    let cache = layers.get(layer);
    if (cache === undefined) {
      const { attention } = this.#spec;
      const { key, value } = cacheDims(attention);
      cache = new KvCache(attention.kind === "heads" ? shard.keyValueHeads : 1, key, value);
      layers.set(layer, cache);
    }
    return cache;
  }

  /** Forgets positions from `length` on; 0 releases the sequence's caches. */
  truncate(sequence: number, length: number): void {
    if (length === 0) this.#caches.delete(sequence);
    else for (const cache of this.#caches.get(sequence)?.values() ?? []) cache.truncate(length);
  }

  beginStep(): void {
    this.#masks.clear();
  }

  /** The mask of a sequence's rows, made once for all layers of a step with the same window. */
  mask(part: BatchSequence, layer: number, capacity: number): FloatTensor {
    const window = this.#spec.layers[layer]?.window;
    const key = `${part.sequence} ${capacity} ${window}`;
    let mask = this.#masks.get(key);
    if (mask === undefined) {
      mask = floats(causalMask(part.start, part.rows, capacity, window), [part.rows, capacity]);
      this.#masks.set(key, mask);
    }
    return mask;
  }
}
