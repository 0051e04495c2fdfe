/** Small tensor sets for tests. */
import fc from "fast-check";
import type { TensorSet } from "../../../../src/moe/distributed/federated/tensorSet.ts";

export function tensors(values: Readonly<Record<string, readonly number[]>>): TensorSet {
  return new Map(Object.entries(values).map(([name, list]) => [name, Float32Array.from(list)]));
}

/** Two tensors of 3 and 1 values. */
export const aTensorSet = fc
  .array(fc.float({ min: -8, max: 8, noNaN: true }), { minLength: 4, maxLength: 4 })
  .map((list) => tensors({ up: list.slice(0, 3), down: list.slice(3) }));

export function valuesOf(set: TensorSet): number[] {
  return [...set.values()].flatMap((values) => [...values]);
}
