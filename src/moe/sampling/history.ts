/**
 * The tokens that penalties look at, and the penalties.
 * Repetition looks at prompt and answer (Keskar et al. 2019, CTRL, section 4.1); frequency and presence look at the
 * answer only, as OpenAI defines them.
 */
import { AiBlockError } from "../../core/errors.ts";
import { MAX_TOKEN_ID, type ResolvedSamplingOptions } from "./options.ts";

/** Largest magnitude of a 32-bit float: penalties and biases never turn a finite logit into an infinite one. */
const MAX_FLOAT32 = 3.4028234663852886e38;

export interface TokenHistory {
  /** Distinct ids of the prompt. */
  readonly prompt: Set<number>;
  /** Uses of each id in the answer so far. */
  readonly counts: Map<number, number>;
  /** Tokens of the answer so far: the sum of all counts. */
  length: number;
}

export function createHistory(): TokenHistory {
  return { prompt: new Set(), counts: new Map(), length: 0 };
}

/** Throws `bad_token_id` unless `id` is an integer from 0 to `MAX_TOKEN_ID`. */
export function checkTokenId(id: unknown): number {
  if (!Number.isInteger(id) || (id as number) < 0 || (id as number) > MAX_TOKEN_ID) {
    throw new AiBlockError("bad_token_id", `id: expected an integer from 0 to ${MAX_TOKEN_ID}, got ${String(id)}`);
  }
  return id as number;
}

/**
 * Adds biases, then applies the penalties, to `logits` [vocabulary] in place; says whether there was anything to change.
 * Throws `bad_token_id` for an id outside it.
 */
export function applyPenalties(logits: Float32Array, history: TokenHistory, options: ResolvedSamplingOptions): boolean {
  for (const [id, bias] of options.logitBias) {
    logits[id] = clamp(at(logits, id) + bias);
  }
  const { repetitionPenalty: repetition, frequencyPenalty, presencePenalty } = options;
  if (repetition !== 1) {
    for (const id of history.prompt) {
      if (!history.counts.has(id)) logits[id] = repeat(at(logits, id), repetition);
    }
  }
  const penalised = repetition !== 1 || frequencyPenalty !== 0 || presencePenalty !== 0;
  if (!penalised) return options.logitBias.size > 0;
  for (const [id, count] of history.counts) {
    const repeated = repetition === 1 ? at(logits, id) : repeat(at(logits, id), repetition);
    logits[id] = clamp(repeated - frequencyPenalty * count - presencePenalty);
  }
  return true;
}

/** A positive logit is divided and a negative one multiplied, so that above 1 both become less likely. */
function repeat(logit: number, penalty: number): number {
  return clamp(logit > 0 ? logit / penalty : logit * penalty);
}

function at(logits: Float32Array, id: number): number {
  const logit = logits[id];
  if (logit === undefined) {
    throw new AiBlockError("bad_token_id", `id: expected an id below the vocabulary's ${logits.length}, got ${id}`);
  }
  return logit;
}

/** The nearest finite 32-bit float; never minus zero, which would sort below zero. */
function clamp(value: number): number {
  return Math.fround(Math.min(MAX_FLOAT32, Math.max(-MAX_FLOAT32, value))) + 0;
}
