/**
 * Named float32 arrays: the weights of what is trained, a change of them, a control variate. Names are those of the
 * graphs' parts (`layer1.expert3 down.weight`), values lie in the order of the graphs.
 */
import { distributedError } from "../errors.ts";

export type TensorSet = ReadonlyMap<string, Float32Array>;

/** The same names and lengths, all 0. */
export function zerosLike(set: TensorSet): Map<string, Float32Array> {
  return new Map([...set].map(([name, { length }]) => [name, new Float32Array(length)]));
}

/** A copy that nobody else holds. */
export function copyOf(set: TensorSet): Map<string, Float32Array> {
  return new Map([...set].map(([name, values]) => [name, Float32Array.from(values)]));
}

/** f(a, b) element by element. The sets have the same names and lengths. */
export function combine(
  a: TensorSet,
  b: TensorSet,
  f: (left: number, right: number) => number,
): Map<string, Float32Array> {
  const out = new Map<string, Float32Array>();
  for (const [name, left] of a) {
    const right = requireTensor(b, name);
    out.set(
      name,
      left.map((value, i) => f(value, right[i] as number)),
    );
  }
  return out;
}

/** The Euclidean length of all values together; not finite when a value is not. */
export function normOf(set: TensorSet): number {
  let sum = 0;
  for (const values of set.values()) {
    for (let i = 0; i < values.length; i++) sum += (values[i] as number) ** 2;
  }
  return Math.sqrt(sum);
}

/** Throws `update_tensors_mismatch` when the set has no tensor of this name. */
export function requireTensor(set: TensorSet, name: string): Float32Array {
  const values = set.get(name);
  if (values !== undefined) return values;
  throw distributedError("update_tensors_mismatch", `tensors: expected one called ${name}, got none`, { tensor: name });
}

/** Throws `update_tensors_mismatch` unless `got` has the names and lengths of `expected`, in any order. */
export function checkSameTensors(what: string, got: TensorSet, expected: TensorSet): void {
  if (!(got instanceof Map) || got.size !== expected.size) {
    const text = `${what}: expected ${expected.size} tensors, got ${got instanceof Map ? got.size : typeof got}`;
    throw distributedError("update_tensors_mismatch", text);
  }
  for (const [name, { length }] of expected) {
    const values: unknown = got.get(name);
    if (values instanceof Float32Array && values.length === length) continue;
    const found =
      values instanceof Float32Array ? `${values.length} values` : values === undefined ? "none" : "another type";
    const text = `${what}: ${name}: expected ${length} float32 values, got ${found}`;
    throw distributedError("update_tensors_mismatch", text, { tensor: name });
  }
}

/** Throws `update_not_finite`, naming the tensor. */
export function checkFinite(what: string, set: TensorSet): void {
  for (const [name, values] of set) {
    for (let i = 0; i < values.length; i++) {
      if (Number.isFinite(values[i])) continue;
      const text = `${what}: ${name}: expected finite values, got ${values[i]} at element ${i}`;
      throw distributedError("update_not_finite", text, { tensor: name, element: i });
    }
  }
}
