/**
 * Small stages in JavaScript, for few rows: a call of onnxruntime costs 20 to 50 µs, and between products there are often
 * only a norm, or an activation of some hundred values. Numbers are those of the operators, rounded to float32 by each.
 */
import type { Graph, GraphNode, Value } from "../../graph/graph.ts";

/** Beyond so many rows onnxruntime's vector instructions win. */
export const MAX_NATIVE_ROWS = 4;

/** [rows][width], by name. */
export type RowValues = Map<Value, Float32Array>;

/** Computes a stage's outputs, and whatever lies between. */
export type NativeStage = (values: RowValues, rows: number) => void;

/** `undefined` when the stage has an operator, or a form of one, that is not among those here. */
export function nativeStage({ nodes, constants }: Graph): NativeStage | undefined {
  const integers = new Map<Value, readonly number[]>();
  for (const { name, type, bytes } of constants) {
    if (type !== "int64" || !(bytes instanceof Uint8Array)) return undefined;
    integers.set(name, [...new BigInt64Array(bytes.slice().buffer)].map(Number));
  }
  const steps: NativeStage[] = [];
  for (const node of nodes) {
    const step = OPERATORS[node.op]?.(node, integers);
    if (step === undefined) return undefined;
    steps.push(step);
  }
  return (values, rows) => {
    for (const step of steps) step(values, rows);
  };
}

type Operator = (node: GraphNode, integers: ReadonlyMap<Value, readonly number[]>) => NativeStage | undefined;

const OPERATORS: Readonly<Record<string, Operator>> = {
  RMSNormalization: ({ inputs, outputs, attributes }) => {
    const [x, weight] = inputs as [Value, Value];
    const [y] = outputs as [Value];
    const epsilon = attributes.get("epsilon")?.value as number;
    return (values) => {
      values.set(y, rmsNorm(values.get(x) as Float32Array, values.get(weight) as Float32Array, epsilon));
    };
  },
  Split: ({ inputs, outputs }, integers) => {
    const [x, sizes] = inputs as [Value, Value];
    const widths = integers.get(sizes);
    return widths && ((values, rows) => split(values, values.get(x) as Float32Array, rows, widths, outputs));
  },
  Sigmoid: ({ inputs, outputs }) => {
    const [x] = inputs as [Value];
    const [y] = outputs as [Value];
    return (values) => {
      values.set(
        y,
        (values.get(x) as Float32Array).map((value) => 1 / (1 + Math.exp(-value))),
      );
    };
  },
  Mul: ({ inputs, outputs }) => {
    const [a, b] = inputs as [Value, Value];
    const [y] = outputs as [Value];
    return (values) => {
      const [left, right] = [values.get(a) as Float32Array, values.get(b) as Float32Array];
      const out = new Float32Array(left.length);
      for (let i = 0; i < out.length; i++) out[i] = (left[i] as number) * (right[i] as number);
      values.set(y, out);
    };
  },
};

function rmsNorm(x: Float32Array, weight: Float32Array, epsilon: number): Float32Array {
  const size = weight.length;
  const out = new Float32Array(x.length);
  for (let start = 0; start < x.length; start += size) {
    let sum = 0;
    for (let i = start; i < start + size; i++) sum += (x[i] as number) * (x[i] as number);
    const factor = 1 / Math.sqrt(sum / size + epsilon);
    for (let i = 0; i < size; i++) out[start + i] = (x[start + i] as number) * factor * (weight[i] as number);
  }
  return out;
}

/** Parts of one row are views of it. */
function split(
  values: RowValues,
  x: Float32Array,
  rows: number,
  widths: readonly number[],
  outputs: readonly Value[],
): void {
  const width = x.length / rows;
  let first = 0;
  for (const [i, part] of widths.entries()) {
    let out = x.subarray(first, first + part);
    if (rows > 1) {
      out = new Float32Array(rows * part);
      for (let row = 0; row < rows; row++) {
        out.set(x.subarray(row * width + first, row * width + first + part), row * part);
      }
    }
    values.set(outputs[i] as Value, out);
    first += part;
  }
}
