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

const DEEPSEEK_CODER_SPLITS = [
  String.raw`[\r\n]`,
  String.raw`\s?\p{L}+`,
  String.raw`\s?\p{P}+`,
  "[一-龥ࠀ-一가-\ud7ff]+",
  String.raw`\p{N}`,
];

/** As o200k's, with Chinese characters always apart. */
const NOT_HAN = String.raw`(?!\p{Script=Han})`;
const kimiWords = (first: string, second: string) =>
  String.raw`[^\r\n\p{L}\p{N}]?(?:${NOT_HAN}${UPPER})${first}(?:${NOT_HAN}${LOWER})${second}${CONTRACTIONS}?`;
const KIMI_SPLIT = String.raw`\p{Script=Han}+|${kimiWords("*", "+")}|${kimiWords("+", "*")}|\p{N}{1,3}|${PUNCTUATION_AND_SPACE}`;

const DEFAULT_SPLITS = [String.raw`[\p{P}\$\+<=>\^~\|]+`, GPT2_SPLIT, String.raw`\p{N}+`, "[0-9][0-9][0-9]"];

const plain = (splits: readonly string[]): GgufPreTokenizer => ({
  splits,
  nfc: false,
  addBos: false,
  ignoreMerges: false,
});
/** Several rules of one kind under their names. */
const named = (names: string, rules: GgufPreTokenizer) => names.split(" ").map((name) => [name, rules] as const);
const gpt2 = plain([GPT2_SPLIT]);
const singleDigits = plain([String.raw`\p{N}`, GPT2_SPLIT]);
const llama3 = { ...plain([LLAMA3_SPLIT]), addBos: true, ignoreMerges: true };
const qwen2 = { ...plain([QWEN2_SPLIT]), nfc: true };
const o200k = { ...plain([O200K_SPLIT]), ignoreMerges: true };

const PRE_TOKENIZERS: ReadonlyMap<string, GgufPreTokenizer> = new Map([
  ...named("gpt-2 phi-2 mpt jais gigachat trillion granite-docling exaone4 mellum a.x-4.0", gpt2),
  ["olmo", { ...gpt2, nfc: true }],
  ...named("starcoder refact command-r smollm codeshell exaone minerva-7b mellum2", singleDigits),
  ...named("llama-bpe llama3 llama-v3 falcon3 falcon-h1 pixtral midm-2.0 lfm2", llama3),
  ...named("dbrx smaug-bpe glm4 chatglm-bpe", plain([LLAMA3_SPLIT])),
  ...named("qwen2 deepseek-r1-qwen megrez kormo f2llmv2", qwen2),
  ...named("stablelm2 hunyuan solar-open grok-2", plain([QWEN2_SPLIT])),
  ...named("deepseek-v3 joyai-llm hunyuan-dense hy_v4", plain(DEEPSEEK3_SPLITS)),
  ["deepseek-llm", plain(DEEPSEEK_LLM_SPLITS)],
  ["deepseek-coder", plain(DEEPSEEK_CODER_SPLITS)],
  ["kimi-k2", { ...plain([KIMI_SPLIT]), ignoreMerges: true }],
  ...named("gpt-4o llama4 kanana2", o200k),
  ["tekken", { ...plain([TEKKEN_SPLIT]), addBos: true, ignoreMerges: true }],
  ["default", plain(DEFAULT_SPLITS)],
]);

/**
 * Files of April 2024 and before do not name the rules: then they are those of the models of that time.
 * @param tokens size of the vocabulary; Llama 3's is like no other
 */
export function unnamedPreTokenizer(architecture: string, tokens: number): string {
  if (architecture === "qwen2moe") return "qwen2";
  return architecture === "llama" && tokens === 128_256 ? "llama-bpe" : "default";
}

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
