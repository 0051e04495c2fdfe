/**
 * Chooses the next token from a model's logits.
 *
 * Order of operations: log probabilities of the raw logits; logit bias; repetition penalty; frequency and presence
 * penalty; temperature; top-k; top-p (of what top-k left); min-p; one draw over the rest, in order of id.
 * Invariant: `sample` changes nothing. The draw depends on the seed and on the number of accepted tokens alone, so
 * a sampler that was given the same tokens in another process, on whatever machine, goes on with the same choices.
 */
import { getRandomValues } from "node:crypto";
import { AiBlockError } from "../../core/errors.ts";
import { expOfNegative } from "./exponential.ts";
import { applyPenalties, checkTokenId, createHistory } from "./history.ts";
import { logSumExp, type TokenLogprob, topLogprobs } from "./logprobs.ts";
import { type ResolvedSamplingOptions, resolveSamplingOptions, type SamplingOptions } from "./options.ts";
import { uniformAt } from "./random.ts";
import { createSharedScratch, type SamplerScratch, type SharedScratch } from "./scratch.ts";
import { keepTopK, keepTopP } from "./select.ts";
import { readState, type SamplerState, writeState } from "./state.ts";

export interface SampledToken {
  readonly id: number;
  /** Natural log probability under the model's own distribution; `undefined` unless `logprobs` was asked for. */
  readonly logprob: number | undefined;
  /** The most likely tokens, best first; `undefined` unless `logprobs` was asked for, empty for `topLogprobs` 0. */
  readonly topLogprobs: readonly TokenLogprob[] | undefined;
}

export interface Sampler {
  /** The options with defaults filled in. */
  readonly options: ResolvedSamplingOptions;
  /** The seed in use (0 to 2^64 - 1), drawn at random when none was given. */
  readonly seed: bigint;
  /** Tokens accepted so far. */
  readonly length: number;
  /**
   * Chooses a token from `logits` [vocabulary], which are not changed. Calling it again gives the same token.
   * Throws `bad_logits` when empty, `non_finite_logits` for NaN or infinity, and `bad_token_id` when a biased or
   * accepted id lies outside the vocabulary.
   */
  sample(logits: Float32Array): SampledToken;
  /** Adds one token to the answer (what `sample` chose, or a replayed one). Throws `bad_token_id`. */
  accept(id: number): void;
  /** Tells the repetition penalty the prompt's tokens. Throws `bad_token_id`. */
  acceptPrompt(ids: Iterable<number>): void;
  /** Plain JSON from which another sampler with the same options can go on. */
  state(): SamplerState;
  /** Continues from `state` in place of what was accepted so far. Throws `bad_sampler_state`. */
  restore(state: SamplerState): void;
}

/** Throws `bad_sampling_parameter`. `scratch`: working memory to share between samplers of one thread. */
export function createSampler(options: SamplingOptions = {}, scratch: SharedScratch = createSharedScratch()): Sampler {
  const resolved = resolveSamplingOptions(options);
  let seed = resolved.seed ?? (getRandomValues(new BigUint64Array(1))[0] as bigint);
  let history = createHistory();
  return {
    options: resolved,
    get seed() {
      return seed;
    },
    get length() {
      return history.length;
    },
    sample: (logits) => {
      if (logits.length === 0) throw new AiBlockError("bad_logits", "logits: expected at least one value, got none");
      const memory = scratch.forVocabulary(logits.length);
      const best = copyFinite(logits, memory.logits);
      const changed = applyPenalties(memory.logits, history, resolved);
      const id = choose(memory, changed ? largest(memory.logits) : best, resolved, seed, history.length);
      if (!resolved.logprobs) return { id, logprob: undefined, topLogprobs: undefined };
      const logSum = logSumExp(logits);
      return {
        id,
        logprob: (logits[id] as number) - logSum,
        topLogprobs: topLogprobs(logits, logSum, resolved.topLogprobs),
      };
    },
    accept: (id) => {
      history.counts.set(checkTokenId(id), (history.counts.get(id) ?? 0) + 1);
      history.length += 1;
    },
    acceptPrompt: (ids) => {
      for (const id of ids) history.prompt.add(checkTokenId(id));
    },
    state: () => writeState(seed, history),
    restore: (state) => {
      const read = readState(state);
      seed = read.seed;
      history = read.history;
    },
  };
}

/**
 * Copies `from` to `to` and turns minus zero into zero, which has one sort key then. Gives the id of the largest value,
 * of equal ones the lowest. Throws `non_finite_logits`.
 */
function copyFinite(from: Float32Array, to: Float32Array): number {
  // One sum instead of a test for each value: x * 0 is 0, and NaN exactly when x is not finite.
  let poison = 0;
  let best = 0;
  let most = Number.NEGATIVE_INFINITY;
  for (let id = 0; id < from.length; id++) {
    const logit = (from[id] as number) + 0;
    poison += logit * 0;
    to[id] = logit;
    if (logit > most) {
      most = logit;
      best = id;
    }
  }
  if (poison === 0) return best;
  const id = from.findIndex((logit) => !Number.isFinite(logit));
  throw new AiBlockError("non_finite_logits", `logits: expected finite numbers, got ${from[id]} for id ${id}`, { id });
}

function largest(logits: Float32Array): number {
  let best = 0;
  for (let id = 1; id < logits.length; id++) {
    if ((logits[id] as number) > (logits[best] as number)) best = id;
  }
  return best;
}

/** @param best the id of the largest logit */
function choose(
  memory: SamplerScratch,
  best: number,
  options: ResolvedSamplingOptions,
  seed: bigint,
  position: number,
): number {
  const { logits, ids, weights } = memory;
  if (options.temperature === 0) return best;

  const max = logits[best] as number;
  let count = logits.length;
  if (options.topK > 0 && options.topK < count) count = keepTopK(memory, options.topK);
  else for (let id = 0; id < count; id++) ids[id] = id;
  let total = 0;
  for (let i = 0; i < count; i++) {
    const weight = expOfNegative(((logits[ids[i] as number] as number) - max) / options.temperature);
    weights[i] = weight;
    total += weight;
  }
  if (options.topP < 1) {
    count = keepTopP(memory, count, options.topP, total);
    total = sum(weights, count);
  }
  if (options.minP > 0) {
    // The best candidate's weight is exactly 1, so its share is the threshold.
    let kept = 0;
    for (let i = 0; i < count; i++) {
      if ((weights[i] as number) < options.minP) continue;
      ids[kept] = ids[i] as number;
      weights[kept++] = weights[i] as number;
    }
    count = kept;
    total = sum(weights, count);
  }
  let rest = uniformAt(seed, position) * total;
  for (let i = 0; i < count; i++) {
    rest -= weights[i] as number;
    if (rest < 0) return ids[i] as number;
  }
  // Rounding only: the parts can add up to a hair less than their sum.
  return best;
}

function sum(weights: Float64Array, count: number): number {
  let total = 0;
  for (let i = 0; i < count; i++) total += weights[i] as number;
  return total;
}
