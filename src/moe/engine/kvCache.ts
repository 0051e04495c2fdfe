/**
 * Keys and values of one sequence in one layer: [heads, capacity, dim], so that the product with each head reads
 * memory in order. It grows by a quarter at a time; a step over a full cache copies nothing but its own new rows.
 */
import { type FloatTensor, floats } from "./ort.ts";

/** Capacities are multiples of this: what attention computes beyond the sequence's end stays below it. */
const STEP = 64;

export class KvCache {
  readonly heads: number;
  readonly keyDim: number;
  /** 0: values are part of the keys. */
  readonly valueDim: number;
  #keys = new Float32Array(0);
  #values = new Float32Array(0);
  #capacity = 0;
  #length = 0;

  constructor(heads: number, keyDim: number, valueDim: number) {
    this.heads = heads;
    this.keyDim = keyDim;
    this.valueDim = valueDim;
  }

  get length(): number {
    return this.#length;
  }

  get capacity(): number {
    return this.#capacity;
  }

  get byteLength(): number {
    return this.#keys.byteLength + this.#values.byteLength;
  }

  /** Forgets positions from `length` on. */
  truncate(length: number): void {
    this.#length = Math.min(this.#length, length);
  }

  /**
   * Adds `count` positions.
   * @param keys [rows][heads * keyDim], of which the rows from `firstRow` on are taken
   * @param values [rows][heads * valueDim], likewise
   */
  append(keys: Float32Array, values: Float32Array | undefined, firstRow: number, count: number): void {
    this.#reserve(this.#length + count);
    copyRows(keys, this.#keys, this.heads, this.keyDim, this.#capacity, firstRow, this.#length, count);
    if (values !== undefined && this.valueDim > 0) {
      copyRows(values, this.#values, this.heads, this.valueDim, this.#capacity, firstRow, this.#length, count);
    }
    this.#length += count;
  }

  keys(): FloatTensor {
    return floats(this.#keys, [this.heads, this.#capacity, this.keyDim]);
  }

  values(): FloatTensor {
    return floats(this.#values, [this.heads, this.#capacity, this.valueDim]);
  }

  #reserve(length: number): void {
    if (length <= this.#capacity) return;
    const wanted = Math.max(length, Math.ceil(this.#capacity * 1.25));
    const capacity = Math.ceil(wanted / STEP) * STEP;
    this.#keys = regrow(this.#keys, this.heads, this.keyDim, this.#capacity, capacity, this.#length);
    this.#values = regrow(this.#values, this.heads, this.valueDim, this.#capacity, capacity, this.#length);
    this.#capacity = capacity;
  }
}

function copyRows(
  from: Float32Array,
  to: Float32Array,
  heads: number,
  dim: number,
  capacity: number,
  firstRow: number,
  position: number,
  count: number,
): void {
  for (let row = 0; row < count; row++) {
    for (let head = 0; head < heads; head++) {
      const source = ((firstRow + row) * heads + head) * dim;
      to.set(from.subarray(source, source + dim), (head * capacity + position + row) * dim);
    }
  }
}

function regrow(
  old: Float32Array<ArrayBuffer>,
  heads: number,
  dim: number,
  oldCapacity: number,
  capacity: number,
  length: number,
): Float32Array<ArrayBuffer> {
  const grown = new Float32Array(heads * capacity * dim);
  for (let head = 0; head < heads; head++) {
    grown.set(old.subarray(head * oldCapacity * dim, (head * oldCapacity + length) * dim), head * capacity * dim);
  }
  return grown;
}
