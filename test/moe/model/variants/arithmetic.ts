/** Rows and matrices in float64, one product after the other. */
import type { Tensor } from "./weights.ts";

export type Row = number[];

export const dot = (a: Row, b: Row): number => a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
export const plus = (a: Row, b: Row, factor: number): Row => a.map((value, i) => value + factor * (b[i] as number));
export const chunks = (row: Row, size: number): Row[] =>
  Array.from({ length: row.length / size }, (_, i) => row.slice(i * size, (i + 1) * size));
export const sumOf = (rows: readonly Row[], weights: readonly number[]): Row =>
  (rows[0] as Row).map((_, i) => rows.reduce((sum, row, j) => sum + (row[i] as number) * (weights[j] as number), 0));

export function rowOf({ shape, values }: Tensor, row: number): Row {
  const width = shape[1] as number;
  return [...values.subarray(row * width, (row + 1) * width)];
}

export function slice({ shape, values }: Tensor, index: number): Tensor {
  const [, rows = 0, columns = 0] = shape;
  return { shape: [rows, columns], values: values.subarray(index * rows * columns, (index + 1) * rows * columns) };
}

export const times = (matrix: Tensor, x: Row): Row =>
  Array.from({ length: matrix.shape[0] as number }, (_, row) => dot(rowOf(matrix, row), x));

export function timesTransposed(matrix: Tensor, x: Row): Row {
  return sumOf(
    x.map((_, row) => rowOf(matrix, row)),
    x,
  );
}

export function rms(x: Row, weight: Row, epsilon: number): Row {
  const mean = x.reduce((sum, value) => sum + value * value, 0) / x.length;
  return x.map((value, i) => (value / Math.sqrt(mean + epsilon)) * (weight[i] as number));
}

/** By its Taylor series, exact to float64 for the small arguments here. */
export function erf(x: number): number {
  if (Math.abs(x) > 5) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; n < 120; n++) {
    term *= -(x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}
