/**
 * The router's decision: which experts each position goes to, and by which factors their outputs are multiplied.
 *
 * Computed in float64 from float32 logits. Among equal scores the expert with the lower number is chosen.
 */
import { modelError } from "./errors.ts";
import type { GroupSpec, ModelSpec, RouterSpec } from "./spec.ts";

export interface Routing {
  readonly perToken: number;
  /** [rows][perToken], row-major; best first. */
  readonly experts: Int32Array;
  /** [rows][perToken]. */
  readonly weights: Float32Array;
}

/**
 * @param logits [rows][experts], row-major
 * @param correction [experts], what `sigmoid` routers add to the scores for the choice only
 * Throws `router_not_finite` when a logit is NaN or infinite, naming the row.
 */
export function route(
  router: RouterSpec,
  experts: number,
  perToken: number,
  logits: Float32Array,
  correction?: Float32Array,
): Routing {
  const rows = logits.length / experts;
  const routing = { perToken, experts: new Int32Array(rows * perToken), weights: new Float32Array(rows * perToken) };
  const decide = RULES[router.kind] as Rule;
  // Reused for all rows: fresh arrays take most of the time of a choice.
  const own = new Float64Array(experts);
  const scratch = new Float64Array(experts);
  const chosen = new Int32Array(perToken);
  const weights = new Float64Array(perToken);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < experts; i++) {
      const logit = logits[row * experts + i] as number;
      if (!Number.isFinite(logit)) throw notFinite(row);
      own[i] = logit;
    }
    decide(router, { logits: own, scratch, chosen, weights }, correction);
    routing.experts.set(chosen, row * perToken);
    routing.weights.set(weights, row * perToken);
  }
  return routing;
}

function notFinite(row: number) {
  const text = `router: expected finite logits, got NaN or infinity in row ${row}`;
  return modelError("router_not_finite", text, { row });
}

/** Throws `bad_top_k`, naming `parameter`, for a number of experts per token that the router cannot choose. */
export function checkTopK(spec: ModelSpec, topK: number, parameter = "topK"): void {
  const { router, experts } = spec;
  const groups = router.kind === "softmax" || router.kind === "sigmoid" ? router.groups : undefined;
  const most = groups === undefined ? experts.count : groups.chosen * (experts.count / groups.count);
  const [low, high] = router.kind === "sparsemixer" ? [2, 2] : [1, most];
  if (Number.isSafeInteger(topK) && topK >= low && topK <= high) return;
  const expected = low === high ? String(low) : `an integer from ${low} to ${high}`;
  throw modelError("bad_top_k", `${parameter}: expected ${expected}, got ${topK}`, { parameter, topK, low, high });
}

/** One row: its logits, an array of the same length, and what is decided. All may be overwritten. */
interface RowChoice {
  readonly logits: Float64Array;
  readonly scratch: Float64Array;
  readonly chosen: Int32Array;
  readonly weights: Float64Array;
}

type Rule = (router: RouterSpec, row: RowChoice, correction?: Float32Array) => void;

const RULES: { readonly [K in RouterSpec["kind"]]: (router: RouterSpec & { kind: K }, ...rest: TailOf<Rule>) => void } =
  {
    softmax(router, { logits, scratch: scores, chosen, weights }) {
      scores.set(logits);
      softmax(scores);
      // Without groups by the logits themselves: far below the best one, different logits round to equal probabilities.
      chooseBest(router.groups === undefined ? logits : onlyBestGroups(scores, router.groups, 1), chosen);
      assign(scores, chosen, weights, router.normalise ? 0 : undefined, router.scale);
    },

    "top-softmax"(_, { logits, scratch, chosen, weights }) {
      scratch.set(logits);
      chooseBest(scratch, chosen);
      for (let i = 0; i < chosen.length; i++) weights[i] = logits[chosen[i] as number] as number;
      softmax(weights);
    },

    // https://arxiv.org/abs/2412.19437, section 2.1.2: the correction steers the choice but is not part of the weights.
    sigmoid(router, { logits, chosen, weights }, correction) {
      const scores = logits.map((logit) => 1 / (1 + Math.exp(-logit)));
      const forChoice = scores.map((score, i) => Math.fround(score) + (correction?.[i] ?? 0));
      chooseBest(onlyBestGroups(forChoice, router.groups, 2), chosen);
      assign(scores, chosen, weights, router.normalise ? 1e-20 : undefined, router.scale);
    },

    // https://arxiv.org/abs/2409.12136: each of two choices takes the best logit; its weight is its softmax among those
    // logits that come within 2 * jitter of it, relative to the larger of |logit| and the best.
    sparsemixer(router, { logits, scratch: open, chosen, weights }) {
      open.set(logits);
      for (let choice = 0; choice < chosen.length; choice++) {
        const best = indexOfMax(open);
        const top = open[best] as number;
        const near = open.map((logit, i) => {
          const scale = Math.max(Math.abs(logits[i] as number), top);
          return (top - (logits[i] as number)) / scale > 2 * router.jitter ? Number.NEGATIVE_INFINITY : logit;
        });
        softmax(near);
        chosen[choice] = best;
        weights[choice] = near[best] as number;
        open[best] = Number.NEGATIVE_INFINITY;
      }
    },
  };

type TailOf<F> = F extends (first: never, ...rest: infer R) => unknown ? R : never;

function softmax(values: Float64Array): void {
  const top = values[indexOfMax(values)] as number;
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] = Math.exp((values[i] as number) - top);
  for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) / sum;
}

function indexOfMax(values: Float64Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] as number) > (values[best] as number)) best = i;
  return best;
}

/** Best first; what was chosen is overwritten in `open`. */
function chooseBest(open: Float64Array, chosen: Int32Array): void {
  for (let choice = 0; choice < chosen.length; choice++) {
    const best = indexOfMax(open);
    chosen[choice] = best;
    open[best] = Number.NEGATIVE_INFINITY;
  }
}

/** Scores outside the best groups can never be chosen; a group counts as the sum of its `top` best scores. */
function onlyBestGroups(scores: Float64Array, groups: GroupSpec, top: number): Float64Array {
  const size = scores.length / groups.count;
  const groupScores = Float64Array.from({ length: groups.count }, (_, group) => {
    const sorted = scores
      .slice(group * size, (group + 1) * size)
      .sort()
      .reverse();
    return sorted.subarray(0, top).reduce((sum, score) => sum + score, 0);
  });
  const kept = new Int32Array(groups.chosen);
  chooseBest(groupScores, kept);
  const out = new Float64Array(scores.length).fill(Number.NEGATIVE_INFINITY);
  for (const group of kept) out.set(scores.subarray(group * size, (group + 1) * size), group * size);
  return out;
}

/** @param normaliser added to the sum that the weights are divided by; `undefined`: they are not divided */
function assign(
  scores: Float64Array,
  chosen: Int32Array,
  weights: Float64Array,
  normaliser: number | undefined,
  scale: number,
): void {
  let sum = normaliser ?? 0;
  for (let i = 0; i < chosen.length; i++) sum += scores[chosen[i] as number] as number;
  const divisor = normaliser === undefined ? 1 : sum;
  for (let i = 0; i < weights.length; i++) weights[i] = ((scores[chosen[i] as number] as number) / divisor) * scale;
}
