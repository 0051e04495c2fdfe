/**
 * The gradient of the routing weights with respect to the router's logits, for the choice that was made. Which experts
 * are chosen has no gradient; neither has the correction of sigmoid routers, which only steers the choice.
 */
import type { Routing } from "../../model/routing.ts";
import type { RouterSpec } from "../../model/spec.ts";

/**
 * @param logits [rows][experts]
 * @param weightGradients [rows][perToken], d loss / d routing weight
 * @param out [rows][experts]: d loss / d logit is added
 */
export function addRouterGradient(
  router: RouterSpec,
  experts: number,
  logits: Float32Array,
  routing: Routing,
  weightGradients: Float32Array,
  out: Float32Array,
): void {
  const { perToken } = routing;
  const rule = RULES[router.kind] as Rule;
  for (let row = 0; row * perToken < weightGradients.length; row++) {
    const [at, end] = [row * perToken, (row + 1) * perToken];
    rule(router, {
      logits: Float64Array.from(logits.subarray(row * experts, (row + 1) * experts)),
      chosen: routing.experts.subarray(at, end),
      gradients: weightGradients.subarray(at, end),
      out: out.subarray(row * experts, (row + 1) * experts),
    });
  }
}

interface RouterRow {
  readonly logits: Float64Array;
  readonly chosen: Int32Array;
  readonly gradients: Float32Array;
  readonly out: Float32Array;
}

type Rule = (router: RouterSpec, row: RouterRow) => void;

const RULES: { readonly [K in RouterSpec["kind"]]: (router: RouterSpec & { kind: K }, row: RouterRow) => void } = {
  softmax(router, { logits, chosen, gradients, out }) {
    const shares = softmax(logits, () => true);
    const inner = scoreGradients(shares, chosen, gradients, router.normalise ? 0 : undefined, router.scale);
    addSoftmaxGradient(shares, chosen, inner, out);
  },

  "top-softmax"(_, { logits, chosen, gradients, out }) {
    const among = new Set(chosen);
    addSoftmaxGradient(
      softmax(logits, (expert) => among.has(expert)),
      chosen,
      gradients,
      out,
    );
  },

  sigmoid(router, { logits, chosen, gradients, out }) {
    const scores = logits.map((logit) => 1 / (1 + Math.exp(-logit)));
    const inner = scoreGradients(scores, chosen, gradients, router.normalise ? 1e-20 : undefined, router.scale);
    for (const [choice, expert] of chosen.entries()) {
      const score = scores[expert] as number;
      out[expert] = (out[expert] as number) + (inner[choice] as number) * score * (1 - score);
    }
  },

  // Each choice is a softmax of its own, over the logits near the best one that is still open; see `routing.ts`.
  sparsemixer(router, { logits, chosen, gradients, out }) {
    const taken = new Set<number>();
    for (const [choice, best] of chosen.entries()) {
      const top = logits[best] as number;
      const near = (expert: number): boolean => {
        const logit = logits[expert] as number;
        return !taken.has(expert) && (top - logit) / Math.max(Math.abs(logit), top) <= 2 * router.jitter;
      };
      const shares = softmax(logits, near);
      addSoftmaxGradient(shares, chosen.subarray(choice, choice + 1), gradients.subarray(choice, choice + 1), out);
      taken.add(best);
    }
  },
};

/** Softmax over the entries that are `open`; 0 elsewhere. */
export function softmax(values: Float64Array, open: (index: number) => boolean): Float64Array {
  let top = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) if (open(i)) top = Math.max(top, values[i] as number);
  const shares = values.map((value, i) => (open(i) ? Math.exp(value - top) : 0));
  const total = shares.reduce((sum, share) => sum + share, 0);
  return shares.map((share) => share / total);
}

/** From gradients of weights scale * s_k / (sum of s + normaliser), or scale * s_k, to those of the scores s_k. */
function scoreGradients(
  scores: Float64Array,
  chosen: Int32Array,
  gradients: Float32Array,
  normaliser: number | undefined,
  scale: number,
): Float64Array {
  if (normaliser === undefined) return Float64Array.from(gradients, (gradient) => gradient * scale);
  const selected = Float64Array.from(chosen, (expert) => scores[expert] as number);
  const total = selected.reduce((sum, score) => sum + score, normaliser);
  const mean = selected.reduce((sum, score, i) => sum + score * (gradients[i] as number), 0) / total;
  return Float64Array.from(gradients, (gradient) => ((gradient - mean) * scale) / total);
}

/** out += shares * (gradient - sum of shares * gradient), where only chosen entries have a gradient. */
function addSoftmaxGradient(
  shares: Float64Array,
  chosen: Int32Array,
  gradients: Float64Array | Float32Array,
  out: Float32Array,
): void {
  let mean = 0;
  for (const [i, expert] of chosen.entries()) mean += (shares[expert] as number) * (gradients[i] as number);
  for (let expert = 0; expert < out.length; expert++) {
    out[expert] = (out[expert] as number) - (shares[expert] as number) * mean;
  }
  for (const [i, expert] of chosen.entries()) {
    out[expert] = (out[expert] as number) + (shares[expert] as number) * (gradients[i] as number);
  }
}
