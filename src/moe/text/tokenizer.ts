/**
 * A tokenizer: text to ids, ids to text, chats to ids.
 *
 * Built from the contents of Hugging Face tokenizer files; agrees with the reference library (`tokenizers` 0.22,
 * `transformers` 4.57) for byte-level and SentencePiece-style BPE. Everything here is synchronous: a hostile pattern in
 * a tokenizer.json can take very long, so models of strangers belong in a worker (`textWorker.ts`).
 */

import { type AddedToken, readAddedTokens } from "./addedTokens.ts";
import { type BpeModel, readBpeModel } from "./bpeModel.ts";
import { type ChatMessage, type RenderOptions, readChatTemplates } from "./chatTemplates.ts";
import { textError } from "./errors.ts";
import { asFlag, type JsonObject } from "./jsonValues.ts";
import { createWordEncoder } from "./libraryTokenizer.ts";
import { MAX_TEXT_CHARS } from "./limits.ts";
import { readSpecialFrame } from "./specialFrame.ts";
import { readEosIds, readSpecialTokens } from "./specialTokens.ts";
import { createTextEncoding } from "./textEncoder.ts";
import { createTokenDecoder, type DecoderTable, type TokenDecoder } from "./tokenDecoder.ts";
import { readTokenizerClass } from "./tokenizerClass.ts";
import { readJsonObject, type TokenizerFiles } from "./tokenizerFiles.ts";

export interface EncodeOptions {
  /** Put the tokenizer's begin (and end) token around the text. Default true. */
  readonly addSpecialTokens?: boolean | undefined;
  /** Turn texts such as `<|im_end|>` into their single ids. Default true; false for text that must stay text. */
  readonly parseAddedTokens?: boolean | undefined;
}

/** What a service needs to know about a tokenizer beside using it. Structured-cloneable. */
export interface TokenizerFacts {
  readonly bosId: number | undefined;
  /** Ids that end an answer: of generation_config.json, else config.json, else the tokenizer's own end token. */
  readonly eosIds: readonly number[];
  /** Names of the chat templates; none for a base model. */
  readonly chatTemplateNames: readonly string[];
}

export interface Tokenizer extends TokenDecoder, TokenizerFacts {
  /** What a thread needs to turn ids into text by itself. */
  readonly decoderTable: DecoderTable;
  idOf(token: string): number | undefined;
  /** Throws `text_invalid` and `text_too_long`. */
  encode(text: string, options?: EncodeOptions): number[];
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
  const kind = readTokenizerClass(config);
  const specialMap: JsonObject = readJsonObject(files, "special_tokens_map.json") ?? new Map();
  const special = readSpecialTokens(config, specialMap, kind.defaults);
  const bpe = readBpeModel(json.get("model"));
  const added = readAddedTokens(json, config, special, bpe.vocab);
  const words = createWordEncoder(json.get("normalizer"), json.get("pre_tokenizer"), bpe, kind.prefixSpace);
  const encodeText = createTextEncoding(words, added.values());

  const idOf = (token: string): number | undefined =>
    added.get(token)?.id ?? (Object.hasOwn(bpe.vocab, token) ? bpe.vocab[token] : undefined);
  const named = (name: string) => idOf(special.named.get(name) ?? "");
  const eosId = named("eos_token");
  const frame = kind.frame
    ? {
        prefix: kind.frame.bos ? idList(named("bos_token")) : [],
        suffix: kind.frame.eos ? idList(eosId) : [],
      }
    : readSpecialFrame(json.get("post_processor"));
  const tokens = tokensById(bpe, added);
  const decoderTable: DecoderTable = {
    tokens,
    specialIds: specialIdsOf(tokens, added),
    decoder: json.get("decoder"),
    cleanUp: asFlag(config.get("clean_up_tokenization_spaces"), "clean_up_tokenization_spaces", false),
  };
  const chatTemplates = readChatTemplates(files, config, special);
  const eosIds = [
    readEosIds(readJsonObject(files, "generation_config.json"), "generation_config.json: eos_token_id"),
    readEosIds(readJsonObject(files, "config.json"), "config.json: eos_token_id"),
    idList(eosId),
  ].find((ids) => ids.length > 0);

  const encode = (text: string, { addSpecialTokens = true, parseAddedTokens = true }: EncodeOptions = {}) => {
    checkText(text);
    const ids = encodeText(text, parseAddedTokens);
    return addSpecialTokens ? [...frame.prefix, ...ids, ...frame.suffix] : ids;
  };
  return {
    ...createTokenDecoder(decoderTable),
    decoderTable,
    bosId: named("bos_token"),
    eosIds: eosIds ?? [],
    chatTemplateNames: chatTemplates.names,
    idOf,
    encode,
    renderChat: (messages, options) => chatTemplates.render(messages, options),
    encodeChat: (messages, options) => encode(chatTemplates.render(messages, options), { addSpecialTokens: false }),
  };
}

function checkText(text: unknown): void {
  if (typeof text !== "string") throw textError("text_invalid", `text: expected a string, got ${typeof text}`);
  if (text.length > MAX_TEXT_CHARS) {
    throw textError("text_too_long", `text: expected at most ${MAX_TEXT_CHARS} characters, got ${text.length}`);
  }
}

function tokensById(bpe: BpeModel, added: ReadonlyMap<string, AddedToken>): (string | undefined)[] {
  const entries: (readonly [string, number])[] = Object.entries(bpe.vocab);
  for (const token of added.values()) entries.push([token.content, token.id]);
  const size = entries.reduce((most, [, id]) => Math.max(most, id + 1), 0);
  const tokens = new Array<string | undefined>(size).fill(undefined);
  for (const [token, id] of entries) tokens[id] = token;
  return tokens;
}

function specialIdsOf(
  tokens: readonly (string | undefined)[],
  added: ReadonlyMap<string, AddedToken>,
): ReadonlySet<number> {
  const special = new Set<number>();
  for (const [id, token] of tokens.entries()) if (added.get(token ?? "")?.special === true) special.add(id);
  return special;
}

function idList(id: number | undefined): readonly number[] {
  return id === undefined ? [] : [id];
}
