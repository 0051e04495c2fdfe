/**
 * The part of encoding that `@huggingface/tokenizers` does: normalizing, cutting into words, and BPE merges.
 * It gets a tokenizer.json in which only those parts are left, in the terms of `preTokenizerSteps.ts`; added tokens,
 * the frame of special tokens and decoding are ours.
 */
import { Tokenizer } from "@huggingface/tokenizers";
import type { BpeModel } from "./bpeModel.ts";
import { toByteChars } from "./byteAlphabet.ts";
import { textError } from "./errors.ts";
import { type LibraryStep, normalizerSteps, preTokenizerSteps } from "./preTokenizerSteps.ts";

/** What is used of the library; its own declarations do not resolve for Node's module system. */
interface LibraryTokenizer {
  readonly normalizer: { normalize(text: string): string } | null;
  readonly pre_tokenizer: { pre_tokenize(text: string, options: { section_index: number }): string[] } | null;
  readonly model: {
    readonly tokens_to_ids: ReadonlyMap<string, number>;
    /** Words to tokens. */
    encode(words: string[]): string[];
    /** The same, and unknown tokens in a row become one. */
    _call(words: string[]): string[];
  };
}

const TypedTokenizer: new (tokenizer: object, config: object) => LibraryTokenizer = Tokenizer;

export interface WordEncoder {
  normalize(text: string): string;
  /** Ids of a normalized text without added tokens. `first`: it stands at the very beginning of the input. */
  encode(text: string, first: boolean): number[];
}

/** Words whose ids are remembered, and their longest length. English text of 100,000 words has some 10,000. */
const MAX_CACHED_WORDS = 50_000;
const MAX_CACHED_CHARS = 64;

/**
 * @param prefixSpace stands in for the `add_prefix_space` of a ByteLevel pre-tokenizer that is not part of a sequence
 * Throws `tokenizer_invalid` when a pattern is not a regular expression.
 */
export function createWordEncoder(
  normalizer: unknown,
  preTokenizer: unknown,
  bpe: BpeModel,
  prefixSpace?: boolean,
): WordEncoder {
  const steps = preTokenizerSteps(withPrefixSpace(preTokenizer, prefixSpace));
  // The byte alphabet costs the library more than the cutting, so it is ours, and only for words that are not cached.
  const byteLevel = steps.at(-1)?.type === "ByteLevel";
  const library = build(normalizerSteps(normalizer), byteLevel ? steps.slice(0, -1) : steps, bpe);
  const { model } = library;
  const idOf = model.tokens_to_ids;
  const cache = new Map<string, readonly number[]>();

  const encodeWord = (word: string): readonly number[] => {
    const cached = cache.get(word);
    if (cached !== undefined) return cached;
    const input = [byteLevel ? toByteChars(word) : word];
    const tokens = bpe.fuseUnk ? model._call(input) : model.encode(input);
    const ids = tokens.map((token) => idOf.get(token) as number);
    if (word.length <= MAX_CACHED_CHARS) {
      if (cache.size >= MAX_CACHED_WORDS) cache.clear();
      cache.set(word, ids);
    }
    return ids;
  };
  return {
    normalize: (text) => library.normalizer?.normalize(text) ?? text,
    encode: (text, first) => {
      const ids: number[] = [];
      for (const word of library.pre_tokenizer?.pre_tokenize(text, { section_index: first ? 0 : 1 }) ?? [text]) {
        for (const id of encodeWord(word)) ids.push(id);
      }
      return ids;
    },
  };
}

/**
 * Cuts text into words as the given `pre_tokenizer` does, still as text: without the byte alphabet, which costs more
 * time than the cutting. It must end in a ByteLevel step without a split of its own, and have Split steps before it.
 */
export function createSplitter(preTokenizer: unknown): (text: string) => string[] {
  const steps = preTokenizerSteps(preTokenizer).filter(({ type }) => type !== "ByteLevel");
  const empty = {
    vocab: {},
    merges: [],
    unkToken: undefined,
    fuseUnk: false,
    byteFallback: false,
    ignoreMerges: false,
  };
  const library = build([], steps, empty);
  return (text) => library.pre_tokenizer?.pre_tokenize(text, { section_index: 0 }) ?? [text];
}

function withPrefixSpace(preTokenizer: unknown, prefixSpace: boolean | undefined): unknown {
  if (prefixSpace === undefined || typeof preTokenizer !== "object" || preTokenizer === null) return preTokenizer;
  if (!("type" in preTokenizer) || preTokenizer.type !== "ByteLevel") return preTokenizer;
  return { ...preTokenizer, add_prefix_space: prefixSpace };
}

function build(normalizer: LibraryStep[], preTokenizer: LibraryStep[], bpe: BpeModel): LibraryTokenizer {
  try {
    return new TypedTokenizer(
      {
        model: {
          type: "BPE",
          vocab: bpe.vocab,
          merges: bpe.merges,
          unk_token: bpe.unkToken,
          fuse_unk: bpe.fuseUnk,
          byte_fallback: bpe.byteFallback,
          ignore_merges: bpe.ignoreMerges,
        },
        normalizer: normalizer.length === 0 ? null : { type: "Sequence", normalizers: normalizer },
        pre_tokenizer: preTokenizer.length === 0 ? null : { type: "Sequence", pretokenizers: preTokenizer },
        post_processor: null,
        decoder: null,
        added_tokens: [],
      },
      {},
    );
  } catch (cause) {
    throw textError(
      "tokenizer_invalid",
      `tokenizer.json: expected patterns that compile (${(cause as Error).message})`,
      { field: "pre_tokenizer" },
      { cause },
    );
  }
}
