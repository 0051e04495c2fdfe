/** Compares the gradients that a backward graph computes with slopes measured on the forward graph. */
import { Tensor } from "onnxruntime-common";
import { type Feeds, floatData, OrtSession } from "../../../../src/moe/engine/ort.ts";
import type { Graph } from "../../../../src/moe/graph/graph.ts";
import { differentiate, gradientName } from "../../../../src/moe/training/autodiff/differentiate.ts";

export interface CheckOptions {
  readonly feeds: Feeds;
  /** Float inputs whose gradient is checked. */
  readonly inputs: readonly string[];
  /** Outputs that the loss is made of: the sum of all their elements, each times a fixed factor. */
  readonly outputs: readonly string[];
  readonly keep?: readonly string[];
  /** Half the distance of the two points between which the slope is measured. */
  readonly step?: number;
}

/** The largest difference of a gradient entry from its slope, relative to the largest entry of that gradient. */
export function worstDifference(graph: Graph, options: CheckOptions): number {
  const { feeds, inputs, outputs, keep = [], step = 1e-2 } = options;
  const { backward, kept } = differentiate(graph, { inputs, outputs, keep });
  const forwardSession = new OrtSession(graph);
  const backwardSession = new OrtSession(backward);
  try {
    const results = forwardSession.run(feeds);
    const factors = new Map(outputs.map((name, i) => [name, factorsFor(results[name] as Tensor, i)]));
    const loss = (): number => {
      const values = forwardSession.run(feeds);
      return outputs.reduce((total, name) => total + dot(floatData(values[name]), factors.get(name)!), 0);
    };
    const backwardFeeds: Feeds = {};
    for (const { name } of backward.inputs) {
      const output = outputs.find((candidate) => gradientName(candidate) === name);
      if (output !== undefined)
        backwardFeeds[name] = new Tensor("float32", factors.get(output)!, results[output]!.dims);
      else backwardFeeds[name] = (kept.includes(name) ? results[name] : feeds[name]) as Tensor;
    }
    const gradients = backwardSession.run(backwardFeeds);
    return Math.max(
      ...inputs.map((name) => compare(floatData(feeds[name]), floatData(gradients[gradientName(name)]), loss, step)),
    );
  } finally {
    forwardSession.close();
    backwardSession.close();
  }
}

function compare(values: Float32Array, gradient: Float32Array, loss: () => number, step: number): number {
  expect(gradient.length).toBe(values.length);
  const scale = Math.max(...gradient.map(Math.abs), 1e-3);
  let worst = 0;
  for (const [i, value] of values.entries()) {
    values[i] = value + step;
    const above = loss();
    values[i] = value - step;
    const below = loss();
    values[i] = value;
    const slope = (above - below) / (2 * step);
    worst = Math.max(worst, Math.abs(slope - (gradient[i] as number)) / scale);
  }
  return worst;
}

function factorsFor(tensor: Tensor, seed: number): Float32Array {
  return Float32Array.from({ length: tensor.size }, (_, i) => Math.cos(1 + seed + 0.7 * i));
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((total, value, i) => total + value * (b[i] as number), 0);
}

/** Values between `low` and `high` that repeat with the seed. */
export function numbers(shape: readonly number[], seed: number, low = -1, high = 1): Tensor {
  const count = shape.reduce((total, size) => total * size, 1);
  const fraction = (x: number): number => x - Math.floor(x);
  const data = Float32Array.from(
    { length: count },
    (_, i) => low + (high - low) * fraction(Math.sin(seed * 12.9 + i) * 43758.5453),
  );
  return new Tensor("float32", data, shape);
}

export function integers(values: readonly number[], shape: readonly number[]): Tensor {
  return new Tensor("int64", BigInt64Array.from(values, BigInt), shape);
}
