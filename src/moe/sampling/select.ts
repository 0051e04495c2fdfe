/**
 * Partial selection for top-k and top-p: the smallest set of best candidates whose total reaches a target, where a
 * candidate counts 1 (top-k) or its weight (top-p). Better = higher logit, then lower id.
 *
 * It is a radix selection from the most significant digit: sum the candidates by digit, find the digit in which the
 * target is reached, go on inside that digit only. Linear in the number of candidates for every distribution; a full
 * sort of 200,000 logits takes more than ten times as long.
 */
import type { SamplerScratch } from "./scratch.ts";

/** Shift and mask of the three digits of a 32-bit key. */
const DIGITS = [
  [21, 0x7ff],
  [10, 0x7ff],
  [0, 0x3ff],
] as const;

/** A key that sorts as the 32-bit float with these bits does. Minus zero must have been turned into zero. */
function sortableKey(bits: number): number {
  return (bits < 0 ? ~bits : bits ^ 0x80000000) >>> 0;
}

/**
 * Keeps the best of the first `count` candidates whose total reaches `target` (all, if it never does; at least one).
 * `ids`, and `weights` when `byWeight`, are compacted in place and stay in ascending order of id.
 * Returns the number kept.
 */
export function keepBest(scratch: SamplerScratch, count: number, target: number, byWeight: boolean): number {
  const { bits, ids, weights, group, histogram } = scratch;
  for (let position = 0; position < count; position++) group[position] = position;
  let groupCount = count;
  let reached = 0;
  let threshold = 0;
  for (const [shift, mask] of DIGITS) {
    histogram.fill(0, 0, mask + 1);
    for (let i = 0; i < groupCount; i++) {
      const position = group[i] as number;
      const digit = (sortableKey(bits[ids[position] as number] as number) >>> shift) & mask;
      histogram[digit] = (histogram[digit] as number) + (byWeight ? (weights[position] as number) : 1);
    }
    const digit = findDigit(histogram, mask, target - reached);
    for (let above = mask; above > digit; above--) reached += histogram[above] as number;
    let kept = 0;
    for (let i = 0; i < groupCount; i++) {
      const position = group[i] as number;
      const key = sortableKey(bits[ids[position] as number] as number);
      if (((key >>> shift) & mask) === digit) {
        group[kept++] = position;
        threshold = key;
      }
    }
    groupCount = kept;
  }
  // What is left is equal in all 32 bits; lower ids come first.
  let lastPosition = group[0] as number;
  for (let i = 0; i < groupCount && (i === 0 || reached < target); i++) {
    lastPosition = group[i] as number;
    reached += byWeight ? (weights[lastPosition] as number) : 1;
  }
  let kept = 0;
  for (let position = 0; position < count; position++) {
    const id = ids[position] as number;
    const key = sortableKey(bits[id] as number);
    if (key > threshold || (key === threshold && position <= lastPosition)) {
      ids[kept] = id;
      if (byWeight) weights[kept] = weights[position] as number;
      kept++;
    }
  }
  return kept;
}

/** The digit, from the highest down, in which `target` is reached; the lowest that holds anything if rounding falls short. */
function findDigit(histogram: Float64Array, mask: number, target: number): number {
  let sum = 0;
  let lowest = mask;
  for (let digit = mask; digit >= 0; digit--) {
    const value = histogram[digit] as number;
    if (value === 0) continue;
    sum += value;
    lowest = digit;
    if (sum >= target) return digit;
  }
  return lowest;
}
