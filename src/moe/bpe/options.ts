/** What a byte-level BPE training is asked for, with the checks and the error codes of this folder. */
import { excerpt } from "../../core/bytes.ts";
import { AiBlockError, type ErrorData } from "../../core/errors.ts";

export type BpeErrorCode =
  // An option is wrong (`data.parameter`).
  | "bad_bpe_option"
  // The corpus has no text, or not enough for the vocabulary (`data.reached`, `data.vocabSize`).
  | "corpus_empty"
  | "corpus_too_short";

export interface BpeOptions {
  /** Entries in total: special tokens, 256 bytes and merges. At least the first two together, at most 2^20. */
  readonly vocabSize: number;
  /** Pairs that occur less often are not merged. 1 or more, default 2. */
  readonly minFrequency?: number | undefined;
  /** Texts that get one id each and are never cut; ids from 0 in this order. Default none. */
  readonly specialTokens?: readonly string[] | undefined;
  /**
   * How text is cut into words. `gpt2`: English contractions, letters, digits, the rest; a space belongs to the word
   * after it. `qwen` (default): the same with contractions in either case, and a line break ends a word.
   */
  readonly split?: "gpt2" | "qwen" | undefined;
  /** Make every digit a word of its own, so that numbers are spelt digit by digit. Default true. */
  readonly singleDigits?: boolean | undefined;
}

export interface ResolvedBpeOptions {
  readonly vocabSize: number;
  readonly minFrequency: number;
  readonly specialTokens: readonly string[];
  readonly split: "gpt2" | "qwen";
  readonly singleDigits: boolean;
}

/** Bytes of the alphabet: every text has an encoding, whatever it holds. */
const BYTE_TOKENS = 256;
const MAX_BPE_VOCAB = 2 ** 20;
const MAX_SPECIAL_TOKENS = 1024;

export function bpeError(code: BpeErrorCode, message: string, data: ErrorData = {}): AiBlockError {
  return new AiBlockError(code, message, data);
}

/** Fills in defaults. Throws `bad_bpe_option`. */
export function resolveBpeOptions(options: BpeOptions): ResolvedBpeOptions {
  const { vocabSize, minFrequency = 2, specialTokens = [], split = "qwen", singleDigits = true } = options;
  if (!Array.isArray(specialTokens) || specialTokens.length > MAX_SPECIAL_TOKENS) {
    throw bad("specialTokens", `a list of at most ${MAX_SPECIAL_TOKENS} texts`, specialTokens);
  }
  for (const token of specialTokens) {
    if (typeof token !== "string" || token === "" || token.length > 256 || !token.isWellFormed()) {
      throw bad("specialTokens", "texts of 1 to 256 characters", token);
    }
  }
  if (new Set(specialTokens).size !== specialTokens.length) throw bad("specialTokens", "distinct texts", "a double");
  const least = specialTokens.length + BYTE_TOKENS;
  if (!Number.isInteger(vocabSize) || vocabSize < least || vocabSize > MAX_BPE_VOCAB) {
    throw bad("vocabSize", `an integer from ${least} to ${MAX_BPE_VOCAB}`, vocabSize);
  }
  if (!Number.isSafeInteger(minFrequency) || minFrequency < 1) {
    throw bad("minFrequency", "an integer of at least 1", minFrequency);
  }
  if (split !== "gpt2" && split !== "qwen") throw bad("split", "gpt2 or qwen", split);
  if (typeof singleDigits !== "boolean") throw bad("singleDigits", "true or false", singleDigits);
  return { vocabSize, minFrequency, specialTokens, split, singleDigits };
}

function bad(parameter: string, expected: string, got: unknown): AiBlockError {
  return bpeError("bad_bpe_option", `${parameter}: expected ${expected}, got ${excerpt(got)}`, { parameter });
}
