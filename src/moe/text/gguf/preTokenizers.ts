/**
 * How text is cut into words, by the names that GGUF files use for it (`tokenizer.ggml.pre`).
 * The names and patterns are facts of that format; a pattern after the first cuts the pieces that the others left.
 */
import { fieldError } from "../errors.ts";
import { GPT2_SPLIT } from "../preTokenizerSteps.ts";

export interface GgufPreTokenizer {
  /** Patterns of isolating splits, in order. */
  readonly splits: readonly string[];
  /** The normalizer that these models have in their own files; GGUF does not record one. */
  readonly nfc: boolean;
  /** Whether a begin token is added when the file does not say. */
  readonly addBos: boolean;
  /** Whether a word that is a token as a whole is taken at once. */
  readonly ignoreMerges: boolean;
}

const CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const PUNCTUATION_AND_SPACE = String.raw` ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
const QWEN2_SPLIT = String.raw`${CONTRACTIONS}|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|${PUNCTUATION_AND_SPACE}`;
const LLAMA3_SPLIT = String.raw`${CONTRACTIONS}|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|${PUNCTUATION_AND_SPACE}`;

const UPPER = String.raw`[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`;
const LOWER = String.raw`[\p{Ll}\p{Lm}\p{Lo}\p{M}]`;
const O200K_TAIL = String.raw` ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
const o200kWords = (suffix: string) =>
  String.raw`[^\r\n\p{L}\p{N}]?${UPPER}*${LOWER}+${suffix}|[^\r\n\p{L}\p{N}]?${UPPER}+${LOWER}*${suffix}`;
const O200K_SPLIT = String.raw`${o200kWords(`${CONTRACTIONS}?`)}|\p{N}{1,3}|${O200K_TAIL}`;
const TEKKEN_SPLIT = String.raw`${o200kWords("")}|\p{N}|${O200K_TAIL}`;

/** CJK ideographs, Hiragana and Katakana. */
const CJK = "[一-龥\u3040-ゟ゠-ヿ]+";
const DEEPSEEK3_SPLITS = [
  String.raw`\p{N}{1,3}`,
  CJK,
  String.raw`[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_${"`"}{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
];

/** Letters of scripts with upper and lower case. */
const CASED_LETTERS =
  "A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-ώᾀ-ᾴᾶ-ᾼιῂ-ῄῆ-ῌῐ-ΐῖ-Ίῠ-Ῥῲ-ῴῶ-ῼ" +
  "ℂℇℊ-ℓℕℙ-ℝℤΩℨK-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃";
const DEEPSEEK_LLM_SPLITS = [
  String.raw`[\r\n]`,
  String.raw`\s?[${CASED_LETTERS}]+`,
  String.raw`\s?[!-/:-~！-／：-～‘-‟　-。]+`,
  String.raw`\s+$`,
  "[一-龥ࠀ-一가-\ud7ff]+",
  String.raw`\p{N}`,
];

const DEFAULT_SPLITS = [String.raw`[\p{P}\$\+<=>\^~\|]+`, GPT2_SPLIT, String.raw`\p{N}+`, "[0-9][0-9][0-9]"];

const plain = (splits: readonly string[]): GgufPreTokenizer => ({
  splits,
  nfc: false,
  addBos: false,
  ignoreMerges: false,
});
const gpt2 = plain([GPT2_SPLIT]);
const singleDigits = plain([String.raw`\p{N}`, GPT2_SPLIT]);
const llama3 = { ...plain([LLAMA3_SPLIT]), addBos: true, ignoreMerges: true };
const qwen2 = { ...plain([QWEN2_SPLIT]), nfc: true };
const o200k = { ...plain([O200K_SPLIT]), ignoreMerges: true };

const PRE_TOKENIZERS: ReadonlyMap<string, GgufPreTokenizer> = new Map([
  ["gpt-2", gpt2],
  ["phi-2", gpt2],
  ["olmo", { ...gpt2, nfc: true }],
  ["starcoder", singleDigits],
  ["refact", singleDigits],
  ["command-r", singleDigits],
  ["smollm", singleDigits],
  ["codeshell", singleDigits],
  ["llama-bpe", llama3],
  ["llama3", llama3],
  ["llama-v3", llama3],
  ["dbrx", plain([LLAMA3_SPLIT])],
  ["smaug-bpe", plain([LLAMA3_SPLIT])],
  ["qwen2", qwen2],
  ["deepseek-r1-qwen", qwen2],
  ["megrez", qwen2],
  ["stablelm2", plain([QWEN2_SPLIT])],
  ["deepseek-v3", plain(DEEPSEEK3_SPLITS)],
  ["deepseek-llm", plain(DEEPSEEK_LLM_SPLITS)],
  ["gpt-4o", o200k],
  ["tekken", { ...plain([TEKKEN_SPLIT]), addBos: true, ignoreMerges: true }],
  ["default", plain(DEFAULT_SPLITS)],
]);

/** Throws `tokenizer_unsupported` for a name that is not known. */
export function ggufPreTokenizer(name: string): GgufPreTokenizer {
  const found = PRE_TOKENIZERS.get(name);
  if (found === undefined) {
    const known = `one of ${[...PRE_TOKENIZERS.keys()].join(", ")}`;
    throw fieldError("tokenizer_unsupported", "tokenizer.ggml.pre", known, name);
  }
  return found;
}

/** The `pre_tokenizer` of a tokenizer.json for these splits. */
export function splitsToPreTokenizer(splits: readonly string[]): object {
  return {
    type: "Sequence",
    pretokenizers: [
      ...splits.map((source) => ({ type: "Split", pattern: { Regex: source }, behavior: "Isolated", invert: false })),
      { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false },
    ],
  };
}
