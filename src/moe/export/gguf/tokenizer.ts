/**
 * A Hugging Face tokenizer as GGUF metadata.
 *
 * Byte-level BPE becomes model "gpt2": tokens, types, merges, and the name of the splitting rules. BPE with byte
 * fallback (SentencePiece's) becomes model "llama": tokens, types and scores. SentencePiece merges the pair whose result
 * has the highest score; a token's score is therefore minus the rank of the merge that makes it.
 */

import { formatError } from "../../formats/errors.ts";
import type { GgufScalar, GgufScalarType, GgufValue } from "../../formats/gguf/values.ts";
import type { ModelConfig } from "../../model/parseConfig.ts";
import type { ModelSpec } from "../../model/spec.ts";
import { type AddedToken, readAddedTokens } from "../../text/addedTokens.ts";
import { asArray, asFlag, asObject, isPresent, type JsonObject } from "../../text/jsonValues.ts";
import { readSpecialTokens } from "../../text/specialTokens.ts";
import { readTokenizerClass } from "../../text/tokenizerClass.ts";
import { readJsonObject, readText, type TokenizerFiles } from "../../text/tokenizerFiles.ts";
import { preTokenizerName } from "./preTokenizer.ts";

const NORMAL = 1;
const UNKNOWN = 2;
const CONTROL = 3;
const USER_DEFINED = 4;
const UNUSED = 5;
const BYTE = 6;

const MAX_MERGES = 2_000_000;
const BYTE_TOKEN = /^<0x[0-9A-F]{2}>$/;

export interface GgufTokenizer {
  readonly entries: ReadonlyMap<string, GgufValue>;
  /** What llama.cpp will do differently with text. */
  readonly differences: readonly string[];
}

interface Vocabulary {
  readonly tokens: string[];
  readonly types: number[];
  readonly idOf: ReadonlyMap<string, number>;
}

/** Throws `export_unsupported` for tokenizers that are not BPE, and `tokenizer_invalid`. */
export function encodeGgufTokenizer(files: TokenizerFiles, config: ModelConfig, spec: ModelSpec): GgufTokenizer {
  const root = readJsonObject(files, "tokenizer.json");
  if (root === undefined) throw formatError("export_unsupported", "tokenizer.json: is not there");
  const settings = readJsonObject(files, "tokenizer_config.json") ?? new Map<string, unknown>();
  const { defaults } = readTokenizerClass(settings);
  const special = readSpecialTokens(settings, readJsonObject(files, "special_tokens_map.json") ?? new Map(), defaults);
  const model = asObject(root.get("model"), "model");
  if (model.get("type") !== "BPE") throw formatError("export_unsupported", "tokenizer.json: expected a BPE model");
  const vocab = model.get("vocab") as Readonly<Record<string, number>>;
  const added = readAddedTokens(root, settings, special, vocab);
  const vocabulary = buildVocabulary(asObject(vocab, "vocab"), added, spec.vocabSize, model.get("unk_token"));
  const entries = new Map<string, GgufValue>();
  const splitting = asFlag(model.get("byte_fallback"), "byte_fallback", false)
    ? putSentencePiece(entries, vocabulary, model, root)
    : putByteLevel(entries, vocabulary, model, root, spec);
  putSpecials(entries, vocabulary, special.named, config);
  putFrame(entries, settings, root, special.named.get("bos_token"));
  const template = readText(files, "chat_template.jinja") ?? settings.get("chat_template");
  if (typeof template === "string") put(entries, "tokenizer.chat_template", "string", template);
  const composes = JSON.stringify(root.get("normalizer") ?? null).includes('"NFC"');
  return { entries, differences: [...splitting, ...(composes ? ["text is not brought to composed form (NFC)"] : [])] };
}

function buildVocabulary(
  vocab: JsonObject,
  added: ReadonlyMap<string, AddedToken>,
  size: number,
  unknown: unknown,
): Vocabulary {
  const tokens = Array.from({ length: size }, (_, id) => `[PAD${id}]`);
  const types = new Array<number>(size).fill(UNUSED);
  const idOf = new Map<string, number>();
  const set = (text: string, id: unknown, type: number) => {
    if (typeof id !== "number" || !Number.isInteger(id) || id < 0 || id >= size) {
      throw formatError("export_unsupported", `tokenizer.json: a token has no id below the vocabulary's ${size}`);
    }
    tokens[id] = text;
    types[id] = type;
    idOf.set(text, id);
  };
  for (const [text, id] of vocab) {
    set(text, id, text === unknown ? UNKNOWN : BYTE_TOKEN.test(text) ? BYTE : NORMAL);
  }
  for (const { content, id, special } of added.values()) {
    set(content, id, content === unknown ? UNKNOWN : special ? CONTROL : USER_DEFINED);
  }
  return { tokens, types, idOf };
}

function putByteLevel(
  entries: Map<string, GgufValue>,
  vocabulary: Vocabulary,
  model: JsonObject,
  root: JsonObject,
  spec: ModelSpec,
): string[] {
  const found = preTokenizerName(root.get("pre_tokenizer"));
  // The same rules under the name that OLMo's files carry.
  const name = found === "gpt-2" && spec.architecture === "olmoe" ? "olmo" : found;
  putTokens(entries, "gpt2", name ?? "default", vocabulary);
  putArray(
    entries,
    "tokenizer.ggml.merges",
    "string",
    readMerges(model).map((pair) => pair.join(" ")),
  );
  return name === undefined ? ["text is split by other rules than the tokenizer's"] : [];
}

function putSentencePiece(
  entries: Map<string, GgufValue>,
  vocabulary: Vocabulary,
  model: JsonObject,
  root: JsonObject,
): string[] {
  putTokens(entries, "llama", "default", vocabulary);
  const scores = new Array<number>(vocabulary.tokens.length).fill(0);
  for (const [rank, [left, right]] of readMerges(model).entries()) {
    const id = vocabulary.idOf.get(left + right);
    if (id !== undefined && scores[id] === 0) scores[id] = -(rank + 1);
  }
  putArray(entries, "tokenizer.ggml.scores", "f32", scores);
  put(
    entries,
    "tokenizer.ggml.add_space_prefix",
    "bool",
    JSON.stringify(root.get("normalizer") ?? null).includes("Prepend"),
  );
  return [];
}

function putTokens(entries: Map<string, GgufValue>, model: string, pre: string, { tokens, types }: Vocabulary): void {
  put(entries, "tokenizer.ggml.model", "string", model);
  put(entries, "tokenizer.ggml.pre", "string", pre);
  putArray(entries, "tokenizer.ggml.tokens", "string", tokens);
  putArray(entries, "tokenizer.ggml.token_type", "i32", types);
}

/** Merges in order of rank: "a b" in older files, ["a", "b"] in newer ones. */
function readMerges(model: JsonObject): [string, string][] {
  return asArray(model.get("merges"), "merges", MAX_MERGES).map((merge) => {
    const [left, right, ...rest] = typeof merge === "string" ? merge.split(" ") : asArray(merge, "merges", 2);
    if (typeof left === "string" && typeof right === "string" && rest.length === 0) return [left, right];
    throw formatError("export_unsupported", "tokenizer.json: expected merges of two tokens");
  });
}

function putSpecials(
  entries: Map<string, GgufValue>,
  { idOf }: Vocabulary,
  named: ReadonlyMap<string, string>,
  config: ModelConfig,
): void {
  const names = [
    ["bos_token", "bos"],
    ["eos_token", "eos"],
    ["unk_token", "unknown"],
    ["pad_token", "padding"],
  ] as const;
  for (const [name, key] of names) {
    const fromConfig = Object.hasOwn(config, `${name}_id`) ? config[`${name}_id`] : undefined;
    const id = idOf.get(named.get(name) ?? "") ?? (Array.isArray(fromConfig) ? fromConfig[0] : fromConfig);
    if (typeof id === "number" && Number.isInteger(id) && id >= 0)
      put(entries, `tokenizer.ggml.${key}_token_id`, "u32", id);
  }
}

/** Whether text starts with the beginning-of-sequence token: said by the settings, or done by the post-processor. */
function putFrame(
  entries: Map<string, GgufValue>,
  settings: JsonObject,
  root: JsonObject,
  bos: string | undefined,
): void {
  const processor = root.get("post_processor");
  const single = isPresent(processor) ? asObject(processor, "post_processor").get("single") : undefined;
  const templated =
    bos !== undefined && Array.isArray(single) && JSON.stringify(single[0] ?? null).includes(JSON.stringify(bos));
  const addsBos =
    readTokenizerClass(settings).frame?.bos ?? asFlag(settings.get("add_bos_token"), "add_bos_token", templated);
  put(entries, "tokenizer.ggml.add_bos_token", "bool", addsBos);
  put(entries, "tokenizer.ggml.add_eos_token", "bool", asFlag(settings.get("add_eos_token"), "add_eos_token", false));
}

function put(entries: Map<string, GgufValue>, key: string, type: GgufScalarType, value: GgufScalar): void {
  entries.set(key, { type, value });
}

function putArray(
  entries: Map<string, GgufValue>,
  key: string,
  items: GgufScalarType,
  value: readonly GgufScalar[],
): void {
  entries.set(key, { type: "array", items, value });
}
