/**
 * llama.cpp does not read a tokenizer's splitting rules: it knows a fixed set of them by name (`tokenizer.ggml.pre`).
 * The name is found here by comparing the rules themselves, for the models that this project supports.
 */
import { asArray, asObject, isPresent, type JsonObject } from "../../text/jsonValues.ts";

const MAX_STEPS = 16;
const WORD = "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
const LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
const OTHER = "[^\\r\\n\\p{L}\\p{N}]?";

const bpeLike = (digits: string) => `${CONTRACTION}|${OTHER}\\p{L}+|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|${WORD}`;

/** The steps of a pre-tokenizer in short, joined by spaces -> llama.cpp's name. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ["ByteLevel+split", "gpt-2"],
  ["Digits ByteLevel+split", "starcoder"],
  [`Split:${bpeLike("\\p{N}")} ByteLevel`, "qwen2"],
  [`Split:${bpeLike("\\p{N}{1,3}")} ByteLevel`, "llama-bpe"],
  [
    `Split:${OTHER}${UPPER}*${LOWER}+${CONTRACTION}?|${OTHER}${UPPER}+${LOWER}*${CONTRACTION}?` +
      `|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|${WORD} ByteLevel`,
    "gpt-4o",
  ],
  [
    "Split:\\p{N}{1,3} Split:[一-龥぀-ゟ゠-ヿ]+ " +
      "Split:[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+" +
      `| ?[\\p{P}\\p{S}]+[\\r\\n]*|${WORD} ByteLevel`,
    "deepseek-v3",
  ],
]);

/** DeepSeek-V2's own rules are long lists of characters; their second step is like no one else's. */
const DEEPSEEK_LLM_MARK = "!-/:-~！-／：-～‘-‟　-。";

/** llama.cpp's name of the rules in `pre_tokenizer`, or `undefined` if it knows none like them. */
export function preTokenizerName(preTokenizer: unknown): string | undefined {
  if (!isPresent(preTokenizer)) return undefined;
  const root = asObject(preTokenizer, "pre_tokenizer");
  const steps =
    root.get("type") === "Sequence" ? asArray(root.get("pretokenizers"), "pretokenizers", MAX_STEPS) : [preTokenizer];
  const signature = steps.map((step) => describe(asObject(step, "pre_tokenizer"))).join(" ");
  if (signature.includes(DEEPSEEK_LLM_MARK)) return "deepseek-llm";
  return NAMES.get(signature);
}

function describe(step: JsonObject): string {
  const type = String(step.get("type"));
  if (type === "ByteLevel") return step.get("use_regex") === false ? type : "ByteLevel+split";
  if (type === "Digits") return step.get("individual_digits") === true ? type : "Digits:together";
  if (type !== "Split" || !isPresent(step.get("pattern"))) return type;
  return `Split:${String(asObject(step.get("pattern"), "pattern").get("Regex")).replaceAll('\\"', '"')}`;
}
