/**
 * Partial selection for top-k and top-p: the smallest set of best candidates whose total reaches a target, where a
 * candidate counts 1 (top-k) or its weight (top-p). Better = higher logit, then lower id.
 *
 * It is a radix selection from the most significant digit: sum the candidates by digit, find the digit in which the
 * target is reached, go on inside that digit only. Linear in the number of candidates for every distribution. Before
 * it, one cheap pass drops what cannot be chosen.
 */
import type { SamplerScratch } from "./scratch.ts";

/** Shift and mask of the three digits of a 32-bit key. */
const DIGITS = [
  [21, 0x7ff],
  [10, 0x7ff],
  [0, 0x3ff],
] as const;

/** Logits looked at for a first bound of the k-th highest. */
const SAMPLE = 8192;

/** A key that sorts as the 32-bit float with these bits does. Minus zero must have been turned into zero. */
function sortableKey(bits: number): number {
  return (bits < 0 ? ~bits : bits ^ 0x80000000) >>> 0;
}

/** Makes the `k` highest logits of the vocabulary the candidates: `ids` in ascending order. Returns their number. */
export function keepTopK(scratch: SamplerScratch, k: number): number {
  const { logits, ids } = scratch;
  let bound = Number.NEGATIVE_INFINITY;
  if (k < SAMPLE / 8 && logits.length > 2 * SAMPLE) {
    // The k-th highest of some logits is at most the k-th highest of all.
    for (let id = 0; id < SAMPLE; id++) ids[id] = id;
    bound = lowest(logits, ids, keepBest(scratch, SAMPLE, k, false));
  }
  let count = 0;
  for (let id = 0; id < logits.length; id++) {
    if ((logits[id] as number) >= bound) ids[count++] = id;
  }
  return keepBest(scratch, count, k, false);
}

/** Keeps the candidates that make up the share `p` of `total`, the sum of the first `count` weights. */
export function keepTopP(scratch: SamplerScratch, count: number, p: number, total: number): number {
  const { ids, weights } = scratch;
  // All candidates below this weight together weigh less than the share that is cut off.
  const bound = ((1 - p) * total) / count;
  let kept = 0;
  for (let position = 0; position < count; position++) {
    const weight = weights[position] as number;
    if (weight < bound) continue;
    ids[kept] = ids[position] as number;
    weights[kept++] = weight;
  }
  return keepBest(scratch, kept, p * total, true);
}

/**
 * Keeps the best of the first `count` candidates whose total reaches `target` (all, if it never does; at least one).
 * `ids`, and `weights` when `byWeight`, are compacted in place and stay in ascending order of id.
 * Returns the number kept.
 */
function keepBest(scratch: SamplerScratch, count: number, target: number, byWeight: boolean): number {
  const { logits, bits, ids, weights, group, histogram } = scratch;
  let groupCount = count;
  let reached = 0;
  for (const [level, [shift, mask]] of DIGITS.entries()) {
    histogram.fill(0, 0, mask + 1);
    for (let i = 0; i < groupCount; i++) {
      const position = level === 0 ? i : (group[i] as number);
      const digit = (sortableKey(bits[ids[position] as number] as number) >>> shift) & mask;
      histogram[digit] = (histogram[digit] as number) + (byWeight ? (weights[position] as number) : 1);
    }
    const digit = findDigit(histogram, mask, target - reached);
    for (let above = mask; above > digit; above--) reached += histogram[above] as number;
    let kept = 0;
    for (let i = 0; i < groupCount; i++) {
      const position = level === 0 ? i : (group[i] as number);
      const key = sortableKey(bits[ids[position] as number] as number);
      if (((key >>> shift) & mask) === digit) group[kept++] = position;
    }
    groupCount = kept;
  }
  // What is left is equal in all 32 bits; lower ids come first.
  let lastPosition = group[0] as number;
  for (let i = 0; i < groupCount && (i === 0 || reached < target); i++) {
    lastPosition = group[i] as number;
    reached += byWeight ? (weights[lastPosition] as number) : 1;
  }
  const threshold = logits[ids[lastPosition] as number] as number;
  let kept = 0;
  for (let position = 0; position < count; position++) {
    const id = ids[position] as number;
    const logit = logits[id] as number;
    if (logit < threshold || (logit === threshold && position > lastPosition)) continue;
    ids[kept] = id;
    if (byWeight) weights[kept] = weights[position] as number;
    kept++;
  }
  return kept;
}

/** The digit, from the highest down, in which `target` is reached; the lowest that holds anything if rounding falls short. */
function findDigit(histogram: Float64Array, mask: number, target: number): number {
  let sum = 0;
  let lowestDigit = mask;
  for (let digit = mask; digit >= 0; digit--) {
    const value = histogram[digit] as number;
    if (value === 0) continue;
    sum += value;
    lowestDigit = digit;
    if (sum >= target) return digit;
  }
  return lowestDigit;
}

function lowest(logits: Float32Array, ids: Int32Array, count: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < count; i++) least = Math.min(least, logits[ids[i] as number] as number);
  return least;
}
