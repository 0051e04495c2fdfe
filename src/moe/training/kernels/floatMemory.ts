/**
 * Arrays in memory that all training threads share, and fast loops over them.
 *
 * Every array starts at a multiple of 64 bytes and is followed by free elements up to the next one, so that loops may
 * run in steps of four. Arrays from elsewhere (outputs of onnxruntime) are copied in first.
 */
import { type VectorKernels, vectorKernels } from "./vectorKernels.ts";
import { PAGE_BYTES, type WasmMemory } from "./webAssembly.ts";

export type SharedFloats = Float32Array<SharedArrayBuffer>;

/** Factors of one AdamW update; see `optimizer/adamw.ts`. */
export interface AdamwFactors {
  readonly gradientScale: number;
  readonly betas: readonly [number, number];
  readonly keep: number;
  readonly stepSize: number;
  readonly rootScale: number;
  readonly epsilon: number;
}

export interface AdamwArrays {
  readonly weights: SharedFloats;
  readonly gradients: SharedFloats;
  readonly first: SharedFloats;
  readonly second: SharedFloats;
}

export class FloatMemory {
  readonly #memory: WasmMemory;
  readonly #kernels: VectorKernels;
  #staging: SharedFloats | undefined;
  #stagedRows: SharedFloats | undefined;

  constructor(memory: WasmMemory) {
    this.#memory = memory;
    this.#kernels = vectorKernels(memory);
  }

  /** A new array of zeros; it is never given back. Throws a `RangeError` when there is no room. */
  allocate(length: number): SharedFloats {
    return allocateFloats(this.#memory, length);
  }

  /** target += factor * source */
  addScaled(target: SharedFloats, source: Float32Array, factor = 1): void {
    const from = this.#inside(source);
    this.#kernels.addScaled(start(target), end(target), start(from), factor);
  }

  sumOfSquares(values: SharedFloats): number {
    return this.#kernels.sumOfSquares(start(values), end(values));
  }

  /** Row `rows[i]` of `target` += factor * row i of `source`; rows of `width` elements. */
  scatterAddRows(target: SharedFloats, source: Float32Array, rows: Int32Array, width: number, factor = 1): void {
    if (width % 4 !== 0) {
      scatterAddPlainly(target, source, rows, width, factor);
      return;
    }
    const from = this.#inside(source);
    this.#stagedRows = this.#atLeast(this.#stagedRows, rows.length);
    new Int32Array(this.#stagedRows.buffer, this.#stagedRows.byteOffset, rows.length).set(rows);
    const list = start(this.#stagedRows);
    const listEnd = list + BigInt(4 * rows.length);
    this.#kernels.scatterAddRows(start(target), start(from), list, listEnd, BigInt(4 * width), factor);
  }

  /** Updates all elements. */
  adamw({ weights, gradients, first, second }: AdamwArrays, factors: AdamwFactors): void {
    const { gradientScale, betas, keep, stepSize, rootScale, epsilon } = factors;
    const [beta1, beta2] = betas;
    const addresses = [start(weights), end(weights), start(gradients), start(first), start(second)] as const;
    const decays = [beta1, 1 - beta1, beta2, 1 - beta2] as const;
    this.#kernels.adamw(...addresses, gradientScale, ...decays, keep, stepSize, rootScale, epsilon);
  }

  /** The same values in shared memory. */
  #inside(values: Float32Array): SharedFloats {
    if (values.buffer instanceof SharedArrayBuffer) return values as SharedFloats;
    this.#staging = this.#atLeast(this.#staging, values.length);
    this.#staging.set(values);
    return this.#staging;
  }

  #atLeast(array: SharedFloats | undefined, length: number): SharedFloats {
    return array !== undefined && array.length >= length ? array : this.allocate(length);
  }
}

/** A new array of zeros at the end of the memory, without the rest of `FloatMemory`. */
export function allocateFloats(memory: WasmMemory, length: number): SharedFloats {
  const pages = BigInt(Math.ceil((4 * length) / PAGE_BYTES));
  const first = memory.grow(pages);
  return new Float32Array(memory.buffer, Number(first) * PAGE_BYTES, length);
}

function start(values: SharedFloats): bigint {
  return BigInt(values.byteOffset);
}

/** Rounded up to four elements: what follows an array is its own padding. */
function end(values: SharedFloats): bigint {
  return BigInt(values.byteOffset + 16 * Math.ceil(values.length / 4));
}

function scatterAddPlainly(
  target: Float32Array,
  source: Float32Array,
  rows: Int32Array,
  width: number,
  factor: number,
): void {
  for (let i = 0, from = 0; i < rows.length; i++, from += width) {
    const to = (rows[i] as number) * width;
    for (let j = 0; j < width; j++) target[to + j] = (target[to + j] as number) + factor * (source[from + j] as number);
  }
}
