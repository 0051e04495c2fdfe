/**
 * How a checkpoint's makers would have it sampled: the numbers of its `generation_config.json`. They stand where a caller
 * says nothing. The file comes from anybody, so what is out of range is left out, and told.
 */
import { errorMessage } from "../../core/errors.ts";
import { readJsonObject, type TokenizerFiles } from "../text/tokenizerFiles.ts";
import { checkSamplingNumber, SAMPLING_NUMBERS, type SamplingOptions } from "./options.ts";

const FILE = "generation_config.json";

/** Names in the file, and ours. Its `max_new_tokens` is no property of a model; the other fields are of other methods. */
export const GENERATION_FIELDS = [
  ["temperature", "temperature"],
  ["top_k", "topK"],
  ["top_p", "topP"],
  ["min_p", "minP"],
  ["repetition_penalty", "repetitionPenalty"],
] as const;

export type ModelSamplingName = (typeof GENERATION_FIELDS)[number][1];

/** What the model says; other parameters keep the defaults of `SamplingOptions`. */
export type ModelSampling = { readonly [N in ModelSamplingName]?: number };

export interface FoundModelSampling {
  readonly sampling: ModelSampling;
  /** A sentence for every field that was left out, with its name and its value. */
  readonly ignored: readonly string[];
}

/**
 * `do_sample: false` is temperature 0. A `null` is an absent field, as the reference library writes it.
 * Throws `tokenizer_invalid` for a file that is no JSON object.
 */
export function readModelSampling(files: TokenizerFiles): FoundModelSampling {
  const config = readJsonObject(files, FILE);
  const ignored: string[] = [];
  const found: [ModelSamplingName, number][] = [];
  const doSample = config?.get("do_sample") ?? null;
  if (doSample === false) found.push(["temperature", 0]);
  else if (doSample !== null && doSample !== true) {
    ignored.push(`${FILE}: do_sample: expected true or false, got ${typeof doSample}; it is not looked at`);
  }
  for (const [field, name] of GENERATION_FIELDS) {
    const value = config?.get(field) ?? null;
    if (value === null || (name === "temperature" && doSample === false)) continue;
    try {
      found.push([name, checkSamplingNumber(name, value, `${FILE}: ${field}`)]);
    } catch (error) {
      ignored.push(`${errorMessage(error)}; ${SAMPLING_NUMBERS[name].default} is the default instead`);
    }
  }
  return { sampling: Object.fromEntries(found), ignored };
}

/** `options` with what the model says in the place of what they leave open. */
export function overModelSampling(model: ModelSampling, options: SamplingOptions): SamplingOptions {
  const given = Object.entries(options).filter(([, value]) => value !== undefined && value !== null);
  return { ...model, ...Object.fromEntries(given) };
}

/** All five numbers, with the defaults where the model says nothing. */
export function fullModelSampling(model: ModelSampling): { readonly [N in ModelSamplingName]: number } {
  const of = (name: ModelSamplingName): number => model[name] ?? SAMPLING_NUMBERS[name].default;
  return {
    temperature: of("temperature"),
    topK: of("topK"),
    topP: of("topP"),
    minP: of("minP"),
    repetitionPenalty: of("repetitionPenalty"),
  };
}
