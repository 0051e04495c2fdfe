/** Which experts a position goes to and with which weights, from the formulas of each architecture, in float64. */
import type { Settings } from "./settings.ts";

export type Choice = readonly (readonly [expert: number, weight: number])[];

const best = (scores: readonly number[], count: number): number[] =>
  scores
    .map((score, i) => [score, i] as const)
    .sort(([a], [b]) => b - a)
    .slice(0, count)
    .map(([, i]) => i);

export function softmax(values: readonly number[]): number[] {
  const top = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - top));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/** Leaves the scores of the best groups; a group counts as the sum of its best `count`. */
function withinGroups(s: Settings, scores: readonly number[], count: number): number[] {
  const size = s.experts / s.groups;
  const groupScores = Array.from({ length: s.groups }, (_, g) => {
    const inside = scores.slice(g * size, (g + 1) * size);
    return best(inside, count).reduce((sum, i) => sum + (inside[i] as number), 0);
  });
  const kept = best(groupScores, s.groupsChosen);
  return scores.map((score, i) => (kept.includes(Math.floor(i / size)) ? score : Number.NEGATIVE_INFINITY));
}

function sparsemixer(s: Settings, logits: readonly number[]): Choice {
  const open = [...logits];
  return [0, 1].map(() => {
    const top = Math.max(...open);
    const expert = open.indexOf(top);
    const near = open.map((value, i) => {
      const own = logits[i] as number;
      return (top - own) / Math.max(Math.abs(own), top) > 2 * s.jitter ? Number.NEGATIVE_INFINITY : value;
    });
    const weight = softmax(near)[expert] as number;
    open[expert] = Number.NEGATIVE_INFINITY;
    return [expert, weight] as const;
  });
}

export function choose(s: Settings, logits: readonly number[], correction: readonly number[]): Choice {
  if (s.type === "phimoe") return sparsemixer(s, logits);
  if (s.type === "gpt_oss" || s.type === "granitemoe") {
    const experts = best(logits, s.topK);
    const weights = softmax(experts.map((i) => logits[i] as number));
    return experts.map((expert, i) => [expert, weights[i] as number]);
  }
  const sigmoid = s.type === "deepseek_v3";
  const scores = sigmoid ? logits.map((x) => 1 / (1 + Math.exp(-x))) : softmax(logits);
  const forChoice = sigmoid ? scores.map((score, i) => score + (correction[i] as number)) : scores;
  const experts = best(withinGroups(s, forChoice, sigmoid ? 2 : 1), s.topK);
  const sum = experts.reduce((total, i) => total + (scores[i] as number), 0);
  const normalised = s.normalise && s.type !== "deepseek_v2";
  return experts.map((i) => [i, ((scores[i] as number) / (normalised ? sum : 1)) * s.routedScale]);
}
