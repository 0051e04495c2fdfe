/**
 * Sampling parameters: their names, ranges and defaults, and the one place where they are checked.
 * Options are plain data (numbers, a bigint, a Map or an object), so they pass through `structuredClone` into a worker.
 */
import { excerpt } from "../../core/bytes.ts";
import { AiBlockError } from "../../core/errors.ts";

/** What a caller may ask for. Every field is optional; `undefined` and `null` mean the default. */
export interface SamplingOptions {
  /** 0 to 2, default 1. 0 is greedy: the highest logit, the lowest id among equals. */
  readonly temperature?: number | null | undefined;
  /** Keep the `topK` highest logits. Integer, 0 (off, the default) to 2^31 - 1. */
  readonly topK?: number | null | undefined;
  /** Keep the smallest set of tokens whose probabilities sum to at least `topP`. 0 to 1, default 1 (off). */
  readonly topP?: number | null | undefined;
  /** Keep tokens with at least `minP` times the probability of the best one. 0 to 1, default 0 (off). */
  readonly minP?: number | null | undefined;
  /** Above 1 makes tokens of the prompt and the answer less likely. 0.01 to 10, default 1 (off). */
  readonly repetitionPenalty?: number | null | undefined;
  /** Subtracted once for every earlier use in the answer. -2 to 2, default 0. */
  readonly frequencyPenalty?: number | null | undefined;
  /** Subtracted once if the token was used in the answer. -2 to 2, default 0. */
  readonly presencePenalty?: number | null | undefined;
  /** Token id to a number from -100 to 100 that is added to its logit. At most 1,024 entries. */
  readonly logitBias?: ReadonlyMap<number, number> | Readonly<Record<string, number>> | null | undefined;
  /** A 64-bit integer, signed or unsigned. Default: drawn from the system's random source. */
  readonly seed?: number | bigint | null | undefined;
  /** Report the log probability of each chosen token. Default false. */
  readonly logprobs?: boolean | null | undefined;
  /** Also report the `topLogprobs` most likely tokens at each step. Integer, 0 to 20, default 0; needs `logprobs`. */
  readonly topLogprobs?: number | null | undefined;
}

/** Checked options with every default filled in. `seed` is unsigned: 0 to 2^64 - 1. */
export interface ResolvedSamplingOptions {
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly minP: number;
  readonly repetitionPenalty: number;
  readonly frequencyPenalty: number;
  readonly presencePenalty: number;
  readonly logitBias: ReadonlyMap<number, number>;
  readonly seed: bigint | undefined;
  readonly logprobs: boolean;
  readonly topLogprobs: number;
}

/** Most entries of `logitBias`. */
const MAX_LOGIT_BIAS_ENTRIES = 1024;
/** Largest token id that is ever accepted; far above any published vocabulary. */
export const MAX_TOKEN_ID = 2 ** 24 - 1;

/** Range and default of every parameter that is a number. */
export const SAMPLING_NUMBERS = {
  temperature: { min: 0, max: 2, default: 1, integer: false },
  topK: { min: 0, max: 2 ** 31 - 1, default: 0, integer: true },
  topP: { min: 0, max: 1, default: 1, integer: false },
  minP: { min: 0, max: 1, default: 0, integer: false },
  repetitionPenalty: { min: 0.01, max: 10, default: 1, integer: false },
  frequencyPenalty: { min: -2, max: 2, default: 0, integer: false },
  presencePenalty: { min: -2, max: 2, default: 0, integer: false },
  topLogprobs: { min: 0, max: 20, default: 0, integer: true },
} as const;

const NAMES = new Set<string>([...Object.keys(SAMPLING_NUMBERS), "logitBias", "seed", "logprobs"]);

/**
 * Checks `options` and fills in defaults.
 * With `vocabSize`, ids in `logitBias` must be below it.
 * Throws `bad_sampling_parameter` with `data.parameter` = the name of the offending field (unknown names included).
 */
export function resolveSamplingOptions(options: SamplingOptions = {}, vocabSize?: number): ResolvedSamplingOptions {
  if (typeof options !== "object" || options === null) throw bad("options", "an object", options);
  for (const name of Object.keys(options)) {
    if (!NAMES.has(name)) throw bad(name, `one of ${[...NAMES].join(", ")}`, name);
  }
  const logprobs = options.logprobs ?? false;
  if (typeof logprobs !== "boolean") throw bad("logprobs", "true or false", logprobs);
  const topLogprobs = number("topLogprobs", options.topLogprobs);
  if (topLogprobs > 0 && !logprobs) throw bad("topLogprobs", "logprobs: true beside it", topLogprobs);
  return {
    temperature: number("temperature", options.temperature),
    topK: number("topK", options.topK),
    topP: number("topP", options.topP),
    minP: number("minP", options.minP),
    repetitionPenalty: number("repetitionPenalty", options.repetitionPenalty),
    frequencyPenalty: number("frequencyPenalty", options.frequencyPenalty),
    presencePenalty: number("presencePenalty", options.presencePenalty),
    logitBias: logitBias(options.logitBias, vocabSize),
    seed: options.seed === undefined || options.seed === null ? undefined : resolveSeed(options.seed),
    logprobs,
    topLogprobs,
  };
}

/** The 64 bits of a seed as an unsigned bigint. -1 and 2^64 - 1 are the same seed. Throws `bad_sampling_parameter`. */
export function resolveSeed(seed: unknown): bigint {
  const expected = "an integer from -2^63 to 2^64 - 1";
  if (typeof seed === "number" ? !Number.isInteger(seed) : typeof seed !== "bigint") throw bad("seed", expected, seed);
  const value = BigInt(seed as number | bigint);
  if (value < -(2n ** 63n) || value >= 2n ** 64n) throw bad("seed", expected, seed);
  return BigInt.asUintN(64, value);
}

function number(name: keyof typeof SAMPLING_NUMBERS, value: unknown): number {
  return value === undefined || value === null ? SAMPLING_NUMBERS[name].default : checkSamplingNumber(name, value);
}

/** The value, when it is in the parameter's range. Throws `bad_sampling_parameter`; `label` is its name in the message. */
export function checkSamplingNumber(name: keyof typeof SAMPLING_NUMBERS, value: unknown, label: string = name): number {
  const rule = SAMPLING_NUMBERS[name];
  const kind = rule.integer ? Number.isInteger(value) : Number.isFinite(value);
  if (!kind || (value as number) < rule.min || (value as number) > rule.max) {
    throw bad(name, `${rule.integer ? "an integer" : "a number"} from ${rule.min} to ${rule.max}`, value, label);
  }
  return value as number;
}

function logitBias(value: unknown, vocabSize: number | undefined): ReadonlyMap<number, number> {
  if (value === undefined || value === null) return new Map();
  const isMap = Object.prototype.toString.call(value) === "[object Map]";
  if (typeof value !== "object" || Array.isArray(value)) throw bad("logitBias", "an object or a Map", value);
  const entries = isMap ? [...(value as ReadonlyMap<unknown, unknown>)] : Object.entries(value);
  if (entries.length > MAX_LOGIT_BIAS_ENTRIES) {
    throw bad("logitBias", `at most ${MAX_LOGIT_BIAS_ENTRIES} entries`, `${entries.length} entries`);
  }
  const biases = new Map<number, number>();
  const maxId = Math.min(vocabSize ?? MAX_TOKEN_ID + 1, MAX_TOKEN_ID + 1) - 1;
  for (const [key, bias] of entries) {
    const id = typeof key === "string" && /^(?:0|[1-9][0-9]{0,9})$/.test(key) ? Number(key) : key;
    if (!Number.isInteger(id) || (id as number) < 0 || (id as number) > maxId) {
      throw bad("logitBias", `token ids from 0 to ${maxId} as keys`, key);
    }
    if (!Number.isFinite(bias) || Math.abs(bias as number) > 100) {
      throw bad("logitBias", `numbers from -100 to 100 as values`, bias);
    }
    biases.set(id as number, bias as number);
  }
  return biases;
}

function bad(parameter: string, expected: string, got: unknown, label = parameter): AiBlockError {
  return new AiBlockError("bad_sampling_parameter", `${label}: expected ${expected}, got ${excerpt(got)}`, {
    parameter,
    expected,
  });
}
