/**
 * Added tokens: texts that are cut out before anything else happens and get one id each.
 *
 * They come from `added_tokens` of tokenizer.json; entries of `added_tokens_decoder` in tokenizer_config.json and the
 * named special tokens are laid over them, as the reference library does when it loads a tokenizer. A named token
 * that has no id anywhere is left out: the model has no embedding for it.
 */
import { fieldError } from "./errors.ts";
import { asArray, asFlag, asInteger, asObject, isPresent, type JsonObject } from "./jsonValues.ts";
import { MAX_ADDED_TOKENS, MAX_VOCAB_ENTRIES } from "./limits.ts";
import { type NamedSpecialTokens, tokenText } from "./specialTokens.ts";

export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Left out of decoded text when special tokens are skipped. */
  readonly special: boolean;
  /** Matched against normalized text. */
  readonly normalized: boolean;
  /** Swallow white space on that side. */
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  /** Only between characters that do not belong to words. */
  readonly singleWord: boolean;
}

/** By content, in the order in which they were found. Throws `tokenizer_invalid`. */
export function readAddedTokens(
  tokenizer: JsonObject,
  config: JsonObject,
  named: NamedSpecialTokens,
  vocab: Readonly<Record<string, number>>,
): ReadonlyMap<string, AddedToken> {
  const tokens = new Map<string, AddedToken>();
  const add = (value: unknown, id: unknown, field: string) => {
    const token = readToken(value, id, field);
    if (token.content === "") return;
    const known = Object.hasOwn(vocab, token.content) ? vocab[token.content] : tokens.get(token.content)?.id;
    tokens.set(token.content, { ...token, id: known ?? token.id });
    if (tokens.size > MAX_ADDED_TOKENS) {
      throw fieldError("tokenizer_invalid", field, `at most ${MAX_ADDED_TOKENS} added tokens`, tokens.size);
    }
  };
  const list = tokenizer.get("added_tokens");
  if (isPresent(list)) {
    for (const entry of asArray(list, "added_tokens", MAX_ADDED_TOKENS)) {
      add(entry, asObject(entry, "added_tokens").get("id"), "added_tokens");
    }
  }
  const decoder = config.get("added_tokens_decoder");
  if (isPresent(decoder)) {
    for (const [id, entry] of asObject(decoder, "added_tokens_decoder")) add(entry, Number(id), "added_tokens_decoder");
  }
  for (const content of [...named.named.values(), ...named.additional]) {
    if (tokens.has(content) || !Object.hasOwn(vocab, content)) continue;
    add({ content, special: true }, vocab[content], "special tokens");
  }
  return tokens;
}

function readToken(value: unknown, id: unknown, field: string): AddedToken {
  const entry = asObject(value, field);
  const special = asFlag(entry.get("special"), `${field}.special`, false);
  return {
    id: asInteger(id, `${field}.id`, MAX_VOCAB_ENTRIES - 1),
    content: tokenText(entry.get("content"), `${field}.content`),
    special,
    normalized: asFlag(entry.get("normalized"), `${field}.normalized`, !special),
    lstrip: asFlag(entry.get("lstrip"), `${field}.lstrip`, false),
    rstrip: asFlag(entry.get("rstrip"), `${field}.rstrip`, false),
    singleWord: asFlag(entry.get("single_word"), `${field}.single_word`, false),
  };
}
