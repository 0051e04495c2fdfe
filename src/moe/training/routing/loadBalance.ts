/**
 * The auxiliary loss that keeps experts in use: for each layer, experts * sum over experts of (entries routed to it per
 * position) * (mean router probability). It is `perToken` when all experts are used alike.
 * https://arxiv.org/abs/2101.03961, section 2.2, with all choices of a position counted.
 */
/** How often each expert was chosen, and the sums of its probabilities, over some rows of a layer. */
export interface RouterUse {
  readonly counts: Float64Array;
  readonly probabilities: Float64Array;
}

/** @param chosen experts of all rows; @param shares softmax of each row of the logits, [rows][experts] */
export function routerUse(experts: number, chosen: Int32Array, shares: Float64Array): RouterUse {
  const counts = new Float64Array(experts);
  for (let i = 0; i < chosen.length; i++) counts[chosen[i] as number]!++;
  const probabilities = new Float64Array(experts);
  for (let at = 0; at < shares.length; at += experts) {
    for (let expert = 0; expert < experts; expert++) probabilities[expert]! += shares[at + expert] as number;
  }
  return { counts, probabilities };
}

/** The loss of one layer over `rows` rows. */
export function balanceLoss({ counts, probabilities }: RouterUse, rows: number): number {
  const sum = counts.reduce((total, count, expert) => total + count * (probabilities[expert] as number), 0);
  return (counts.length * sum) / rows ** 2;
}

/**
 * Adds factor * d loss / d logit to `out`. `counts` are those of all `rows` rows, of which `shares` may be a part.
 * Choices have no gradient, probabilities do.
 */
export function addBalanceGradient(
  counts: Float64Array,
  rows: number,
  shares: Float64Array,
  factor: number,
  out: Float32Array,
): void {
  const experts = counts.length;
  const scale = (factor * experts) / rows ** 2;
  for (let at = 0; at < shares.length; at += experts) {
    let mean = 0;
    for (let i = 0; i < experts; i++) mean += (shares[at + i] as number) * (counts[i] as number);
    for (let i = 0; i < experts; i++) {
      const gradient = scale * (shares[at + i] as number) * ((counts[i] as number) - mean);
      out[at + i] = (out[at + i] as number) + gradient;
    }
  }
}
