/**
 * Sampling written as plainly as possible: sorts everything, allocates freely. The tests hold the fast one against it.
 */
export interface ReferenceOptions {
  temperature: number;
  topK: number;
  topP: number;
  minP: number;
  repetitionPenalty: number;
  frequencyPenalty: number;
  presencePenalty: number;
  logitBias: ReadonlyMap<number, number>;
}

export const OFF: ReferenceOptions = {
  temperature: 1,
  topK: 0,
  topP: 1,
  minP: 0,
  repetitionPenalty: 1,
  frequencyPenalty: 0,
  presencePenalty: 0,
  logitBias: new Map(),
};

/** Logits after biases and penalties, rounded to 32-bit floats after each step as a float array holds them. */
export function penalised(
  logits: Float32Array,
  options: ReferenceOptions,
  prompt: readonly number[],
  answer: readonly number[],
): number[] {
  return [...logits].map((logit, id) => {
    const biased = Math.fround(logit + (options.logitBias.get(id) ?? 0));
    const seen = prompt.includes(id) || answer.includes(id);
    const p = seen ? options.repetitionPenalty : 1;
    const repeated = biased > 0 ? biased / p : biased * p;
    const count = answer.filter((other) => other === id).length;
    return Math.fround(repeated - options.frequencyPenalty * count - (count > 0 ? options.presencePenalty : 0));
  });
}

/** The probability of each id after all cuts; 0 for those that were cut. */
export function distribution(logits: readonly number[], options: ReferenceOptions): number[] {
  const order = logits.map((logit, id) => ({ logit, id })).sort((a, b) => b.logit - a.logit || a.id - b.id);
  const max = order[0]?.logit ?? 0;
  let kept = order.map(({ logit, id }) => ({ id, weight: Math.exp((logit - max) / options.temperature) }));
  if (options.topK > 0) kept = kept.slice(0, options.topK);
  const total = kept.reduce((sum, { weight }) => sum + weight, 0);
  if (options.topP < 1) {
    let reached = 0;
    const end = kept.findIndex(({ weight }) => {
      reached += weight;
      return reached >= options.topP * total;
    });
    kept = kept.slice(0, end < 0 ? kept.length : end + 1);
  }
  kept = kept.filter(({ weight }) => weight >= options.minP);
  const rest = kept.reduce((sum, { weight }) => sum + weight, 0);
  const probabilities = logits.map(() => 0);
  for (const { id, weight } of kept) probabilities[id] = weight / rest;
  return probabilities;
}

/** The id at which the running sum of probabilities passes `u`. */
export function pick(probabilities: readonly number[], u: number): number {
  let reached = 0;
  for (const [id, p] of probabilities.entries()) {
    reached += p;
    if (u < reached) return id;
  }
  return probabilities.findLastIndex((p) => p > 0);
}
