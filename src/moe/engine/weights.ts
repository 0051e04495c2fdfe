/** Prepared weights, and the cutting of matrices that makes them. */
import type { PartName } from "../model/parts.ts";

export interface Weight {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** By the names that the graphs use; documented in `graph/`. */
export type Weights = Map<string, Weight>;

export type Parts = ReadonlyMap<PartName, Float32Array>;

/** One of the equal shares that every matrix is cut into. Results depend on the number of shards, not of threads. */
export interface Share {
  readonly shard: number;
  readonly shards: number;
}

export function addNorm(
  weights: Weights,
  parts: Parts,
  name: "inputNorm" | "feedForwardNorm" | "finalNorm",
  size: number,
): void {
  weights.set(`${name}.weight`, { data: requirePart(parts, `${name}.weight`), shape: [size] });
  const bias = parts.get(`${name}.bias`);
  if (bias !== undefined) weights.set(`${name}.bias`, { data: bias, shape: [size] });
}

export function requirePart(parts: Parts, name: PartName): Float32Array {
  const data = parts.get(name);
  if (data === undefined) throw new TypeError(`part ${name} was not read`);
  return data;
}

export function concatenate(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Columns `[first, first + count)` of a matrix with rows of `width`. */
export function columns(matrix: Float32Array, width: number, first: number, count: number): Float32Array {
  if (count === width) return matrix;
  const rows = matrix.length / width;
  const out = new Float32Array(rows * count);
  for (let row = 0; row < rows; row++) {
    out.set(matrix.subarray(row * width + first, row * width + first + count), row * count);
  }
  return out;
}
