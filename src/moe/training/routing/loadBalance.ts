/**
 * The auxiliary loss that keeps experts in use: for each layer, experts * sum over experts of (entries routed to it per
 * position) * (mean router probability). It is `perToken` when all experts are used alike.
 * https://arxiv.org/abs/2101.03961, section 2.2, with all choices of a position counted.
 */
import { softmax } from "./routerGradient.ts";

/** How often each expert was chosen, and the sums of its probabilities, over some rows of a layer. */
export interface RouterUse {
  readonly counts: Float64Array;
  readonly probabilities: Float64Array;
}

/** @param chosen experts of all rows; @param logits [rows][experts] */
export function routerUse(experts: number, chosen: Int32Array, logits: Float32Array): RouterUse {
  const counts = new Float64Array(experts);
  for (const expert of chosen) counts[expert]!++;
  const probabilities = new Float64Array(experts);
  for (let at = 0; at < logits.length; at += experts) {
    const shares = rowShares(logits, at, experts);
    for (let expert = 0; expert < experts; expert++) probabilities[expert]! += shares[expert] as number;
  }
  return { counts, probabilities };
}

/** The loss of one layer over `rows` rows. */
export function balanceLoss({ counts, probabilities }: RouterUse, rows: number): number {
  const sum = counts.reduce((total, count, expert) => total + count * (probabilities[expert] as number), 0);
  return (counts.length * sum) / rows ** 2;
}

/**
 * Adds factor * d loss / d logit to `out`. `counts` are those of all rows, of which `logits` may be a part.
 * Choices have no gradient, probabilities do.
 */
export function addBalanceGradient(
  counts: Float64Array,
  rows: number,
  logits: Float32Array,
  factor: number,
  out: Float32Array,
): void {
  const experts = counts.length;
  const scale = (factor * experts) / rows ** 2;
  for (let at = 0; at < logits.length; at += experts) {
    const shares = rowShares(logits, at, experts);
    const mean = shares.reduce((sum, share, expert) => sum + share * (counts[expert] as number), 0);
    for (let expert = 0; expert < experts; expert++) {
      const gradient = scale * (shares[expert] as number) * ((counts[expert] as number) - mean);
      out[at + expert] = (out[at + expert] as number) + gradient;
    }
  }
}

function rowShares(logits: Float32Array, at: number, experts: number): Float64Array {
  return softmax(Float64Array.from(logits.subarray(at, at + experts)), () => true);
}
