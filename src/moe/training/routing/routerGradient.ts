/**
 * The gradient of the routing weights with respect to the router's logits, for the choice that was made. Which experts
 * are chosen has no gradient; neither has the correction of sigmoid routers, which only steers the choice.
 */
import type { Routing } from "../../model/routing.ts";
import type { RouterSpec } from "../../model/spec.ts";

/** The rows of a layer: all arrays are row-major. */
export interface RouterRows {
  readonly experts: number;
  /** [rows][experts] */
  readonly logits: Float32Array;
  /** Softmax of each row of the logits, [rows][experts]. */
  readonly shares: Float64Array;
  readonly routing: Routing;
}

/** Softmax of each row. */
export function rowShares(logits: Float32Array, experts: number): Float64Array {
  const shares = new Float64Array(logits.length);
  for (let at = 0; at < logits.length; at += experts) {
    let top = Number.NEGATIVE_INFINITY;
    for (let i = at; i < at + experts; i++) top = Math.max(top, logits[i] as number);
    let total = 0;
    for (let i = at; i < at + experts; i++) total += shares[i] = Math.exp((logits[i] as number) - top);
    for (let i = at; i < at + experts; i++) shares[i] = (shares[i] as number) / total;
  }
  return shares;
}

/**
 * @param weightGradients [rows][perToken], d loss / d routing weight
 * @param out [rows][experts]: d loss / d logit is added
 */
export function addRouterGradient(
  router: RouterSpec,
  rows: RouterRows,
  weightGradients: Float32Array,
  out: Float32Array,
): void {
  const { experts, routing } = rows;
  const { perToken } = routing;
  const inner = new Float64Array(perToken);
  const rule = RULES[router.kind] as Rule;
  for (let row = 0; row * perToken < weightGradients.length; row++) {
    for (let i = 0; i < perToken; i++) inner[i] = weightGradients[row * perToken + i] as number;
    rule(router, rows, { choices: row * perToken, start: row * experts, gradients: inner, out });
  }
}

interface RouterRow {
  /** Where the row's choices and its experts begin. */
  readonly choices: number;
  readonly start: number;
  /** Of the row's routing weights; may be overwritten. */
  readonly gradients: Float64Array;
  readonly out: Float32Array;
}

type Rule = (router: RouterSpec, rows: RouterRows, row: RouterRow) => void;

type RuleOf<K> = (router: RouterSpec & { kind: K }, rows: RouterRows, row: RouterRow) => void;

const RULES: { readonly [K in RouterSpec["kind"]]: RuleOf<K> } = {
  softmax(router, { experts, shares, routing }, { choices, start, gradients, out }) {
    const scoreOf = (i: number): number => shares[start + (routing.experts[choices + i] as number)] as number;
    toScoreGradients(gradients, scoreOf, router.normalise ? 0 : undefined, router.scale);
    let mean = 0;
    for (let i = 0; i < gradients.length; i++) mean += scoreOf(i) * (gradients[i] as number);
    for (let i = start; i < start + experts; i++) out[i] = (out[i] as number) - (shares[i] as number) * mean;
    for (let i = 0; i < gradients.length; i++) {
      const at = start + (routing.experts[choices + i] as number);
      out[at] = (out[at] as number) + scoreOf(i) * (gradients[i] as number);
    }
  },

  "top-softmax"(_, { routing }, { choices, start, gradients, out }) {
    let mean = 0;
    for (let i = 0; i < gradients.length; i++)
      mean += (routing.weights[choices + i] as number) * (gradients[i] as number);
    for (let i = 0; i < gradients.length; i++) {
      const at = start + (routing.experts[choices + i] as number);
      out[at] = (out[at] as number) + (routing.weights[choices + i] as number) * ((gradients[i] as number) - mean);
    }
  },

  sigmoid(router, { logits, routing }, { choices, start, gradients, out }) {
    const placeOf = (i: number): number => start + (routing.experts[choices + i] as number);
    const scoreOf = (i: number): number => 1 / (1 + Math.exp(-(logits[placeOf(i)] as number)));
    toScoreGradients(gradients, scoreOf, router.normalise ? 1e-20 : undefined, router.scale);
    for (let i = 0; i < gradients.length; i++) {
      const score = scoreOf(i);
      out[placeOf(i)] = (out[placeOf(i)] as number) + (gradients[i] as number) * score * (1 - score);
    }
  },

  // Each choice is a softmax of its own, over the logits near the best one that is still open; see `routing.ts`.
  sparsemixer(router, { experts, logits, routing }, { choices, start, gradients, out }) {
    const taken = new Set<number>();
    for (let i = 0; i < gradients.length; i++) {
      const best = start + (routing.experts[choices + i] as number);
      const top = logits[best] as number;
      const near: number[] = [];
      for (let at = start; at < start + experts; at++) {
        const logit = logits[at] as number;
        if (!taken.has(at) && (top - logit) / Math.max(Math.abs(logit), top) <= 2 * router.jitter) near.push(at);
      }
      const total = near.reduce((sum, at) => sum + Math.exp((logits[at] as number) - top), 0);
      for (const at of near) {
        const share = Math.exp((logits[at] as number) - top) / total;
        const slope = ((at === best ? 1 : 0) - share) / total;
        out[at] = (out[at] as number) + slope * (gradients[i] as number);
      }
      taken.add(best);
    }
  },
};

/** From gradients of weights scale * s_k / (sum of s + normaliser), or scale * s_k, to those of the scores s_k, in place. */
function toScoreGradients(
  gradients: Float64Array,
  scoreOf: (i: number) => number,
  normaliser: number | undefined,
  scale: number,
): void {
  let [total, mean] = [normaliser ?? 0, 0];
  for (let i = 0; i < gradients.length; i++) {
    total += scoreOf(i);
    mean += scoreOf(i) * (gradients[i] as number);
  }
  for (let i = 0; i < gradients.length; i++) {
    const gradient = gradients[i] as number;
    gradients[i] = normaliser === undefined ? gradient * scale : ((gradient - mean / total) * scale) / total;
  }
}
