/**
 * The named special tokens of a tokenizer (`bos_token`, `eos_token` …) and the ids that end an answer.
 * A named token is text or an object with `content`.
 */
import { asArray, asInteger, asString, isPresent, type JsonObject } from "./jsonValues.ts";
import { MAX_ADDED_TOKENS, MAX_TOKEN_CHARS, MAX_VOCAB_ENTRIES } from "./limits.ts";

const NAMES = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"] as const;

export interface NamedSpecialTokens {
  /** Name (`bos_token` …) to text; also the further names of `extra_special_tokens` (`image_token` …). */
  readonly named: ReadonlyMap<string, string>;
  /** Texts of `additional_special_tokens`. */
  readonly additional: readonly string[];
}

/** @param defaults tokens that the class has when no file names one, not even as `null` */
export function readSpecialTokens(
  config: JsonObject,
  specialTokensMap: JsonObject,
  defaults: ReadonlyMap<string, string>,
): NamedSpecialTokens {
  // A newer tokenizer_config.json says everything itself; beside an older one the other file has the last word.
  const overlay: JsonObject = config.has("added_tokens_decoder") ? new Map() : specialTokensMap;
  const files = new Map([...config, ...overlay]);
  const named = new Map<string, string>();
  for (const name of NAMES) {
    const value = files.has(name) ? files.get(name) : defaults.get(name);
    if (isPresent(value)) named.set(name, tokenText(value, name));
  }
  const additional: string[] = [];
  for (const key of ["additional_special_tokens", "extra_special_tokens", "model_specific_special_tokens"]) {
    const value = files.get(key);
    if (!isPresent(value)) continue;
    if (Array.isArray(value)) {
      for (const token of asArray(value, key, MAX_ADDED_TOKENS)) additional.push(tokenText(token, key));
    } else {
      // A model's own names, such as image_token.
      for (const [name, token] of Object.entries(value as object)) named.set(name, tokenText(token, `${key}.${name}`));
    }
  }
  return { named, additional };
}

/** The text of a token given as text or as an object with `content`. Throws `tokenizer_invalid`. */
export function tokenText(value: unknown, field: string): string {
  const text = typeof value === "object" && value !== null && "content" in value ? value.content : value;
  return asString(text, field, MAX_TOKEN_CHARS);
}

/** `eos_token_id` of a config: one id, a list of them, or nothing. Throws `tokenizer_invalid`. */
export function readEosIds(config: JsonObject | undefined, field: string): readonly number[] {
  const value = config?.get("eos_token_id");
  if (!isPresent(value)) return [];
  const list = Array.isArray(value) ? asArray(value, field, 256) : [value];
  return [...new Set(list.map((id) => asInteger(id, field, MAX_VOCAB_ENTRIES - 1)))];
}
