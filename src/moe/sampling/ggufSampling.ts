/**
 * How a model's makers would have it sampled, in the metadata of a GGUF file: the keys that llama.cpp's converter takes from
 * `generation_config.json`. Its other keys under `general.sampling.` are of methods that are not here, or of its own order.
 * https://github.com/ggml-org/llama.cpp/blob/master/gguf-py/gguf/constants.py
 */
import type { GgufMetadata, GgufValue } from "../formats/gguf/values.ts";
import { GENERATION_FIELDS, type ModelSampling, type ModelSamplingName } from "./modelSampling.ts";

const KEYS: { readonly [N in ModelSamplingName]: readonly [key: string, type: "f32" | "i32"] } = {
  temperature: ["general.sampling.temp", "f32"],
  topK: ["general.sampling.top_k", "i32"],
  topP: ["general.sampling.top_p", "f32"],
  minP: ["general.sampling.min_p", "f32"],
  repetitionPenalty: ["general.sampling.penalty_repeat", "f32"],
};

const MAX_TEXT_CHARS = 64;

/** The fields of `generation_config.json` that the file has, unchecked: `readModelSampling` leaves out what is none. */
export function readGgufSampling(metadata: GgufMetadata): Readonly<Record<string, number | string>> {
  const found = GENERATION_FIELDS.flatMap(([field, name]) => {
    const value = metadata.entries.get(KEYS[name][0]);
    return value === undefined ? [] : [[field, jsonValue(value)] as const];
  });
  return Object.fromEntries(found);
}

export function writeGgufSampling(sampling: ModelSampling): Map<string, GgufValue> {
  const entries = GENERATION_FIELDS.flatMap(([, name]): [string, GgufValue][] => {
    const [key, type] = KEYS[name];
    const value = sampling[name];
    return value === undefined ? [] : [[key, { type, value }]];
  });
  return new Map(entries);
}

/** A number as JSON has it; of anything else a short text, which is in no range. */
function jsonValue(found: GgufValue): number | string {
  if (found.type === "array") return `an array of ${found.items}`;
  const { type, value } = found;
  if (typeof value !== "number" || !Number.isFinite(value)) return String(value).slice(0, MAX_TEXT_CHARS);
  return type === "f32" ? shortestDecimal(value) : value;
}

/** The decimal that was stored as this float32: 0.7, not 0.699999988079071. */
function shortestDecimal(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const decimal = Number(value.toPrecision(digits));
    if (Math.fround(decimal) === value) return decimal;
  }
  return value;
}
