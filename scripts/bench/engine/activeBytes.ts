/** Bytes of weights that one token reads: everything but the embedding table and the experts it does not choose. */
import type { SyntheticShape } from "../synthetic/shapes.ts";

/** Bits a weight as llama.cpp's Q8_0 and Q4_0 hold it: what both sides have to read at least. */
export const BITS_PER_WEIGHT = { f32: 32, f16: 16, q8: 8.5, q4: 4.5 } as const;

export function activeWeights({ layers, hidden, topK, expertHidden, experts, vocabulary }: SyntheticShape): number {
  const attention = 4 * hidden * hidden;
  const chosen = topK * 3 * hidden * expertHidden;
  return layers * (attention + chosen) + vocabulary * hidden + layers * experts * hidden;
}

/** At `positions` cached positions also their keys and values are read, two bytes each at least. */
export function activeBytes(shape: SyntheticShape, precision: keyof typeof BITS_PER_WEIGHT, positions: number): number {
  const cached = shape.layers * 2 * shape.hidden * positions * 2;
  return (activeWeights(shape) * BITS_PER_WEIGHT[precision]) / 8 + cached;
}
