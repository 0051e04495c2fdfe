/**
 * What the class named by `tokenizer_class` of tokenizer_config.json does beside following the tokenizer.json.
 *
 * The rules are those of the reference library, `transformers` 4.57. Its version 5 writes the key `backend` and no
 * longer lets the Llama class build the frame of a text.
 */
import { asFlag, type JsonObject } from "./jsonValues.ts";

export interface TokenizerClass {
  /** Special tokens that the class has when the files name none, by name (`bos_token` …). */
  readonly defaults: ReadonlyMap<string, string>;
  /** Whether begin and end token follow `add_bos_token` and `add_eos_token`, not the file's post-processor; else absent. */
  readonly frame: { readonly bos: boolean; readonly eos: boolean } | undefined;
  /** Stands in for the `add_prefix_space` of a ByteLevel pre-tokenizer; absent: the file's own holds. */
  readonly prefixSpace: boolean | undefined;
}

const LLAMA_TOKENS = new Map([
  ["bos_token", "<s>"],
  ["eos_token", "</s>"],
  ["unk_token", "<unk>"],
]);

const END = "<|endoftext|>";

const DEFAULTS: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map([
  ["LlamaTokenizer", LLAMA_TOKENS],
  ["CodeLlamaTokenizer", LLAMA_TOKENS],
  ["GPT2Tokenizer", tokens("bos_token", "eos_token", "unk_token")],
  ["GPTNeoXTokenizer", tokens("bos_token", "eos_token", "unk_token")],
  ["Qwen2Tokenizer", tokens("eos_token", "unk_token", "pad_token")],
]);

/** Throws `tokenizer_invalid` for options of the wrong type. */
export function readTokenizerClass(config: JsonObject): TokenizerClass {
  const given = config.get("tokenizer_class");
  const name = typeof given === "string" ? given.replace(/Fast$/, "") : "";
  const llama = name === "LlamaTokenizer" || name === "CodeLlamaTokenizer";
  const framed = (llama && !config.has("backend")) || name === "GPTNeoXTokenizer";
  const patched = config.size > 0 && !llama && name !== "TokenizersBackend";
  return {
    defaults: DEFAULTS.get(name) ?? new Map(),
    frame: framed
      ? {
          bos: asFlag(config.get("add_bos_token"), "add_bos_token", llama),
          eos: asFlag(config.get("add_eos_token"), "add_eos_token", false),
        }
      : undefined,
    prefixSpace: patched ? asFlag(config.get("add_prefix_space"), "add_prefix_space", false) : undefined,
  };
}

function tokens(...names: string[]): ReadonlyMap<string, string> {
  return new Map(names.map((name) => [name, END]));
}
