/**
 * The reverse of `readTokenizer.ts`: tokenizer files to GGUF metadata, for exporting a model.
 *
 * Byte-level BPE keeps its merges; the way of cutting words must be one that the format has a name for.
 * SentencePiece-style BPE has no scores of its own: a piece gets minus the rank of the first merge that makes it, which
 * gives the same ids wherever a piece has one way to be made, and pieces that no merge makes come first.
 */
import type { GgufValue } from "../../formats/gguf/values.ts";
import { readAddedTokens } from "../addedTokens.ts";
import { readBpeModel } from "../bpeModel.ts";
import { fieldError, textError } from "../errors.ts";
import type { JsonObject } from "../jsonValues.ts";
import { normalizerSteps, preTokenizerSteps } from "../preTokenizerSteps.ts";
import { readSpecialTokens } from "../specialTokens.ts";
import { loadTokenizer } from "../tokenizer.ts";
import { readJsonObject, readText, type TokenizerFiles } from "../tokenizerFiles.ts";
import { ggufPreTokenizerName } from "./preTokenizers.ts";
import { TOKEN_TYPE } from "./readTokenizer.ts";

/**
 * `vocabSize`: rows of the embedding; ids without a token become unused ones.
 * Throws what `loadTokenizer` throws, and `tokenizer_unsupported` when GGUF cannot say it.
 */
export function ggufTokenizerMetadata(files: TokenizerFiles, vocabSize: number): ReadonlyMap<string, GgufValue> {
  const tokenizer = loadTokenizer(files);
  if (tokenizer.vocabSize > vocabSize) {
    throw fieldError("tokenizer_invalid", "vocabSize", `at least ${tokenizer.vocabSize}`, vocabSize);
  }
  const json = readJsonObject(files, "tokenizer.json") as JsonObject;
  const config: JsonObject = readJsonObject(files, "tokenizer_config.json") ?? new Map();
  const special = readSpecialTokens(config, readJsonObject(files, "special_tokens_map.json") ?? new Map());
  const bpe = readBpeModel(json.get("model"));
  const added = readAddedTokens(json, config, special, bpe.vocab);

  const texts = Array.from({ length: vocabSize }, (_, id) => tokenizer.tokenOf(id) ?? `[PAD${id}]`);
  const types = texts.map((text, id): number => {
    if (tokenizer.tokenOf(id) === undefined) return TOKEN_TYPE.unused;
    if (text === bpe.unkToken) return TOKEN_TYPE.unknown;
    if (tokenizer.specialIds.has(id)) return TOKEN_TYPE.control;
    if (added.has(text)) return TOKEN_TYPE.userDefined;
    return bpe.byteFallback && /^<0x[0-9A-F]{2}>$/.test(text) ? TOKEN_TYPE.byte : TOKEN_TYPE.normal;
  });
  const entries = new Map<string, GgufValue>([
    ["tokenizer.ggml.tokens", { type: "array", items: "string", value: texts }],
    ["tokenizer.ggml.token_type", { type: "array", items: "i32", value: types }],
  ]);
  if (bpe.byteFallback) addSentencePiece(entries, json, bpe.merges, texts);
  else addByteLevel(entries, json, bpe.merges);

  const framed = tokenizer.encode("");
  entries.set("tokenizer.ggml.add_bos_token", {
    type: "bool",
    value: tokenizer.bosId !== undefined && framed.includes(tokenizer.bosId),
  });
  const setId = (name: string, id: number | undefined) => {
    if (id !== undefined) entries.set(`tokenizer.ggml.${name}_token_id`, { type: "u32", value: id });
  };
  setId("bos", tokenizer.bosId);
  setId("eos", tokenizer.eosIds[0]);
  setId("eot", tokenizer.eosIds[1]);
  setId("unknown", tokenizer.idOf(special.named.get("unk_token") ?? ""));
  setId("padding", tokenizer.idOf(special.named.get("pad_token") ?? ""));
  const template = readText(files, "chat_template.jinja") ?? config.get("chat_template");
  if (typeof template === "string") entries.set("tokenizer.chat_template", { type: "string", value: template });
  return entries;
}

type Merges = readonly (readonly [left: string, right: string])[];

function addByteLevel(entries: Map<string, GgufValue>, json: JsonObject, merges: Merges): void {
  const normalizer = normalizerSteps(json.get("normalizer"));
  const steps = preTokenizerSteps(json.get("pre_tokenizer"));
  const splits = steps.flatMap((step) =>
    step.type === "Split" && step.behavior === "Isolated" ? [(step.pattern as { Regex: string }).Regex] : [],
  );
  const nfc = normalizer.length === 1 && normalizer[0]?.type === "NFC";
  const plain =
    (nfc || normalizer.length === 0) && splits.length === steps.length - 1 && steps.at(-1)?.type === "ByteLevel";
  const pre = plain ? ggufPreTokenizerName(splits, nfc) : undefined;
  if (pre === undefined) {
    throw textError(
      "tokenizer_unsupported",
      "pre_tokenizer: expected a way of cutting words that GGUF has a name for, got another",
      { field: "pre_tokenizer" },
    );
  }
  entries.set("tokenizer.ggml.model", { type: "string", value: "gpt2" });
  entries.set("tokenizer.ggml.pre", { type: "string", value: pre });
  entries.set("tokenizer.ggml.merges", {
    type: "array",
    items: "string",
    value: merges.map(([left, right]) => `${left} ${right}`),
  });
}

function addSentencePiece(entries: Map<string, GgufValue>, json: JsonObject, merges: Merges, texts: string[]): void {
  const steps = normalizerSteps(json.get("normalizer"));
  const prepends = steps.some((step) => step.type === "Prepend");
  if (preTokenizerSteps(json.get("pre_tokenizer")).length > 0 || steps.length !== (prepends ? 2 : 1)) {
    throw textError(
      "tokenizer_unsupported",
      "normalizer, pre_tokenizer: expected those of a SentencePiece model, got others",
      { field: "normalizer" },
    );
  }
  const rank = new Map<string, number>();
  for (const [i, [left, right]] of merges.entries()) if (!rank.has(left + right)) rank.set(left + right, i + 1);
  entries.set("tokenizer.ggml.model", { type: "string", value: "llama" });
  entries.set("tokenizer.ggml.add_space_prefix", { type: "bool", value: prepends });
  entries.set("tokenizer.ggml.scores", {
    type: "array",
    items: "f32",
    value: texts.map((text) => -(rank.get(text) ?? 0)),
  });
}
