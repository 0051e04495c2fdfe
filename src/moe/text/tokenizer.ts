/**
 * A tokenizer: text to ids, ids to text, chats to ids.
 *
 * Built from the contents of Hugging Face tokenizer files; agrees with the reference library (`tokenizers` 0.22,
 * `transformers` 4.57) for byte-level and SentencePiece-style BPE. Everything here is synchronous: a hostile pattern in
 * a tokenizer.json can take very long, so models of strangers belong in a worker (`textWorker.ts`).
 */

import { createAddedTokenSplitter } from "./addedTokenSplitter.ts";
import { type AddedToken, readAddedTokens } from "./addedTokens.ts";
import { type BpeModel, readBpeModel } from "./bpeModel.ts";
import { type ChatMessage, type ChatTemplates, type RenderOptions, readChatTemplates } from "./chatTemplates.ts";
import { readDecoder } from "./decoderSteps.ts";
import { createDetokenizer, type Detokenizer } from "./detokenizer.ts";
import { textError } from "./errors.ts";
import { asFlag, type JsonObject } from "./jsonValues.ts";
import { createWordEncoder, type WordEncoder } from "./libraryTokenizer.ts";
import { MAX_TEXT_CHARS } from "./limits.ts";
import { readSpecialFrame, type SpecialFrame } from "./specialFrame.ts";
import { isLlamaClass, readEosIds, readSpecialTokens } from "./specialTokens.ts";
import { cleanUpFilter } from "./streamingReplace.ts";
import { createTokenBytes } from "./tokenBytes.ts";
import { readJsonObject, type TokenizerFiles } from "./tokenizerFiles.ts";

export interface EncodeOptions {
  /** Put the tokenizer's begin (and end) token around the text. Default true. */
  readonly addSpecialTokens?: boolean | undefined;
  /** Turn texts such as `<|im_end|>` into their single ids. Default true; false for text that must stay text. */
  readonly parseAddedTokens?: boolean | undefined;
}

export interface DecodeOptions {
  /** Leave special tokens out. Default false. */
  readonly skipSpecialTokens?: boolean | undefined;
}

export interface StreamOptions extends DecodeOptions {
  /** Ids that come before: the text goes on after them, so a leading space is kept. Default none. */
  readonly after?: readonly number[] | undefined;
}

export interface Tokenizer {
  /** One more than the highest id. The model's output may be wider (padded). */
  readonly vocabSize: number;
  readonly bosId: number | undefined;
  /** Ids that end an answer: of generation_config.json, else config.json, else the tokenizer's own end token. */
  readonly eosIds: readonly number[];
  /** Ids that `skipSpecialTokens` leaves out. */
  readonly specialIds: ReadonlySet<number>;
  /** Named chat templates; empty for a base model. */
  readonly chatTemplates: ChatTemplates;
  idOf(token: string): number | undefined;
  /** The token as the files spell it (`Ġthe`, `▁the`), `undefined` for an id without one. */
  tokenOf(id: number): string | undefined;
  /** The bytes that a token stands for; none for an unknown id. */
  tokenBytes(id: number): Uint8Array;
  /** Throws `text_invalid` and `text_too_long`. */
  encode(text: string, options?: EncodeOptions): number[];
  /** Ids without a token add nothing. Throws `token_id_invalid`. */
  decode(ids: Iterable<number>, options?: DecodeOptions): string;
  createDetokenizer(options?: StreamOptions): Detokenizer;
  /** Throws `chat_template_…` and `messages_invalid`. */
  renderChat(messages: readonly ChatMessage[], options?: RenderOptions): string;
  /** The ids of a rendered chat; the template itself writes the begin token. */
  encodeChat(messages: readonly ChatMessage[], options?: RenderOptions): number[];
}

/** Throws `tokenizer_missing`, `tokenizer_invalid` and `tokenizer_unsupported`. */
export function loadTokenizer(files: TokenizerFiles): Tokenizer {
  const json = readJsonObject(files, "tokenizer.json");
  if (json === undefined) throw textError("tokenizer_missing", "files: expected tokenizer.json, got none");
  const config: JsonObject = readJsonObject(files, "tokenizer_config.json") ?? new Map();
  const special = readSpecialTokens(config, readJsonObject(files, "special_tokens_map.json") ?? new Map());
  const bpe = readBpeModel(json.get("model"));
  const added = readAddedTokens(json, config, special, bpe.vocab);
  const words = createWordEncoder(json.get("normalizer"), json.get("pre_tokenizer"), bpe);
  const encodeText = createTextEncoder(words, added);

  const idOf = (token: string): number | undefined =>
    added.get(token)?.id ?? (Object.hasOwn(bpe.vocab, token) ? bpe.vocab[token] : undefined);
  const tokens = tokensById(bpe, added);
  const specialTexts = new Set([...added.values()].filter((token) => token.special).map((token) => token.content));
  const specialIds = new Set<number>();
  for (const [id, token] of tokens.entries()) if (token !== undefined && specialTexts.has(token)) specialIds.add(id);
  const named = (name: string) => idOf(special.named.get(name) ?? "");
  const frame = isLlamaClass(config)
    ? llamaFrame(config, named("bos_token"), named("eos_token"))
    : readSpecialFrame(json.get("post_processor"));
  const decoder = readDecoder(json.get("decoder"));
  const bytesOf = createTokenBytes(json.get("decoder"));
  const cleanUp = asFlag(config.get("clean_up_tokenization_spaces"), "clean_up_tokenization_spaces", false);
  const chatTemplates = readChatTemplates(files, config, special);
  const eosIds = [
    readEosIds(readJsonObject(files, "generation_config.json"), "generation_config.json: eos_token_id"),
    readEosIds(readJsonObject(files, "config.json"), "config.json: eos_token_id"),
    named("eos_token") === undefined ? [] : [named("eos_token") as number],
  ].find((ids) => ids.length > 0);

  const tokenizer: Tokenizer = {
    vocabSize: tokens.length,
    bosId: named("bos_token"),
    eosIds: eosIds ?? [],
    specialIds,
    chatTemplates,
    idOf,
    tokenOf: (id) => tokens[id],
    tokenBytes: (id) => bytesOf(tokens[id] ?? ""),
    encode: (text, { addSpecialTokens = true, parseAddedTokens = true } = {}) => {
      checkText(text);
      const ids = encodeText(text, parseAddedTokens);
      return addSpecialTokens ? [...frame.prefix, ...ids, ...frame.suffix] : ids;
    },
    decode: (ids, options = {}) => {
      const stream = tokenizer.createDetokenizer({ skipSpecialTokens: options.skipSpecialTokens });
      let text = "";
      for (const id of ids) text += stream.push(id);
      return text + stream.flush();
    },
    createDetokenizer: ({ skipSpecialTokens = false, after = [] } = {}) => {
      const tokenOf = (id: number) => {
        if (!Number.isInteger(id) || id < 0) {
          throw textError("token_id_invalid", `id: expected a non-negative integer, got ${String(id)}`);
        }
        return skipSpecialTokens && specialIds.has(id) ? undefined : tokens[id];
      };
      const stream = createDetokenizer(
        tokenOf,
        decoder.map((create) => create()),
        cleanUp ? cleanUpFilter() : undefined,
      );
      for (const id of after) stream.push(id);
      return stream;
    },
    renderChat: (messages, options) => chatTemplates.render(messages, options),
    encodeChat: (messages, options) =>
      tokenizer.encode(chatTemplates.render(messages, options), { addSpecialTokens: false }),
  };
  return tokenizer;
}

function checkText(text: unknown): void {
  if (typeof text !== "string") throw textError("text_invalid", `text: expected a string, got ${typeof text}`);
  if (text.length > MAX_TEXT_CHARS) {
    throw textError("text_too_long", `text: expected at most ${MAX_TEXT_CHARS} characters, got ${text.length}`);
  }
}

function createTextEncoder(
  words: WordEncoder,
  added: ReadonlyMap<string, AddedToken>,
): (text: string, parseAddedTokens: boolean) => number[] {
  const all = [...added.values()];
  const splitRaw = createAddedTokenSplitter(all.filter((t) => !t.normalized).map((t) => [t.content, t]));
  const splitNormalized = createAddedTokenSplitter(
    all.filter((t) => t.normalized).map((t) => [words.normalize(t.content), t]),
  );
  return (text, parseAddedTokens) => {
    const ids: number[] = [];
    for (const piece of parseAddedTokens ? splitRaw(text) : [{ text, start: 0 }]) {
      if ("token" in piece) {
        ids.push(piece.token.id);
        continue;
      }
      if (piece.text === "") continue;
      const normalized = words.normalize(piece.text);
      for (const part of parseAddedTokens ? splitNormalized(normalized) : [{ text: normalized, start: 0 }]) {
        if ("token" in part) ids.push(part.token.id);
        else for (const id of words.encode(part.text, piece.start === 0 && part.start === 0)) ids.push(id);
      }
    }
    return ids;
  };
}

function tokensById(bpe: BpeModel, added: ReadonlyMap<string, AddedToken>): (string | undefined)[] {
  const entries: (readonly [string, number])[] = Object.entries(bpe.vocab);
  for (const token of added.values()) entries.push([token.content, token.id]);
  const size = entries.reduce((most, [, id]) => Math.max(most, id + 1), 0);
  const tokens = new Array<string | undefined>(size).fill(undefined);
  for (const [token, id] of entries) tokens[id] = token;
  return tokens;
}

/** This class ignores the file's post-processor and follows `add_bos_token` (true) and `add_eos_token` (false). */
function llamaFrame(config: JsonObject, bosId: number | undefined, eosId: number | undefined): SpecialFrame {
  const bos = asFlag(config.get("add_bos_token"), "add_bos_token", true);
  const eos = asFlag(config.get("add_eos_token"), "add_eos_token", false);
  return {
    prefix: bos && bosId !== undefined ? [bosId] : [],
    suffix: eos && eosId !== undefined ? [eosId] : [],
  };
}
