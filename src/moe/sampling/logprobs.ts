/**
 * Log probabilities as OpenAI's API reports them: of the model's own distribution, the log softmax of the raw logits
 * (natural logarithm), before biases, penalties, temperature and any cut. So they say what the model believed, and they
 * can be compared between requests with different parameters.
 */
import { expOfNegative } from "./exponential.ts";

export interface TokenLogprob {
  readonly id: number;
  /** Natural logarithm of the probability: 0 or less. */
  readonly logprob: number;
}

/** ln(sum(exp(logits))), without overflow. `logits` must be finite and not empty. */
export function logSumExp(logits: Float32Array): number {
  let max = Number.NEGATIVE_INFINITY;
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id] as number;
    if (logit > max) max = logit;
  }
  let sum = 0;
  for (let id = 0; id < logits.length; id++) sum += expOfNegative((logits[id] as number) - max);
  return max + Math.log(sum);
}

/** The `n` highest log probabilities, highest first, lower ids first among equals. */
export function topLogprobs(logits: Float32Array, logSum: number, n: number): TokenLogprob[] {
  const best: { id: number; logit: number }[] = [];
  if (n === 0) return [];
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id] as number;
    if (best.length === n && logit <= (best[n - 1] as { logit: number }).logit) continue;
    let place = best.length;
    while (place > 0 && logit > (best[place - 1] as { logit: number }).logit) place--;
    best.splice(place, 0, { id, logit });
    if (best.length > n) best.pop();
  }
  return best.map(({ id, logit }) => ({ id, logprob: logit - logSum }));
}
