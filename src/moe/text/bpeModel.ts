/**
 * The `model` of a tokenizer.json, checked: a BPE vocabulary and its merges.
 *
 * Invariant: ids are distinct, both halves and the result of every merge are in the vocabulary, so a word of known
 * characters always encodes to known ids. Other model types (Unigram, WordPiece) are refused: no supported
 * architecture uses them.
 */
import { fieldError } from "./errors.ts";
import { asArray, asFlag, asInteger, asObject, asString, isPresent } from "./jsonValues.ts";
import { MAX_TOKEN_CHARS, MAX_VOCAB_ENTRIES } from "./limits.ts";

export interface BpeModel {
  /** Token to id. A plain object, as the tokenizer library takes it; read its own keys only. */
  readonly vocab: Readonly<Record<string, number>>;
  readonly merges: readonly (readonly [left: string, right: string])[];
  readonly unkToken: string | undefined;
  readonly fuseUnk: boolean;
  readonly byteFallback: boolean;
  readonly ignoreMerges: boolean;
}

/** Throws `tokenizer_invalid` and `tokenizer_unsupported`. `value` is kept by reference. */
export function readBpeModel(value: unknown): BpeModel {
  const model = asObject(value, "model");
  const type = model.get("type") ?? "BPE";
  if (type !== "BPE") throw fieldError("tokenizer_unsupported", "model.type", "BPE", type);
  for (const name of ["continuing_subword_prefix", "end_of_word_suffix"]) {
    const affix = model.get(name);
    if (isPresent(affix) && affix !== "") throw fieldError("tokenizer_unsupported", `model.${name}`, "none", affix);
  }
  const vocab = readVocab(model.get("vocab"));
  const unk = model.get("unk_token");
  if (isPresent(unk) && !(typeof unk === "string" && Object.hasOwn(vocab, unk))) {
    throw fieldError("tokenizer_invalid", "model.unk_token", "a token of the vocabulary", unk);
  }
  return {
    vocab,
    merges: readMerges(model.get("merges"), vocab),
    unkToken: isPresent(unk) ? (unk as string) : undefined,
    fuseUnk: asFlag(model.get("fuse_unk"), "model.fuse_unk", false),
    byteFallback: asFlag(model.get("byte_fallback"), "model.byte_fallback", false),
    ignoreMerges: asFlag(model.get("ignore_merges"), "model.ignore_merges", false),
  };
}

function readVocab(value: unknown): Readonly<Record<string, number>> {
  const vocab = asObject(value, "model.vocab");
  if (vocab.size === 0 || vocab.size > MAX_VOCAB_ENTRIES) {
    throw fieldError("tokenizer_invalid", "model.vocab", `1 to ${MAX_VOCAB_ENTRIES} entries`, `${vocab.size} entries`);
  }
  const seen = new Uint8Array(MAX_VOCAB_ENTRIES);
  for (const [token, id] of vocab) {
    asString(token, "model.vocab", MAX_TOKEN_CHARS);
    const checked = asInteger(id, "model.vocab", MAX_VOCAB_ENTRIES - 1);
    if (seen[checked] === 1) throw fieldError("tokenizer_invalid", "model.vocab", "distinct ids", checked);
    seen[checked] = 1;
  }
  return value as Readonly<Record<string, number>>;
}

function readMerges(value: unknown, vocab: Readonly<Record<string, number>>): (readonly [string, string])[] {
  const list = asArray(value, "model.merges", MAX_VOCAB_ENTRIES);
  return list.map((entry, rank) => {
    const pair = typeof entry === "string" ? entry.split(" ") : entry;
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw fieldError("tokenizer_invalid", `model.merges[${rank}]`, "two tokens", entry);
    }
    const [left, right] = pair;
    const known = (token: unknown) => typeof token === "string" && token !== "" && Object.hasOwn(vocab, token);
    if (!known(left) || !known(right) || !Object.hasOwn(vocab, left + right)) {
      throw fieldError("tokenizer_invalid", `model.merges[${rank}]`, "tokens of the vocabulary", `${left} ${right}`);
    }
    return [left, right] as const;
  });
}
