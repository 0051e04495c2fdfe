/**
 * A trained byte-level BPE as the files that Hugging Face tokenizers have.
 * Any text survives encoding and decoding: nothing is normalized, and every byte is a token.
 */
import { GPT2_SPLIT } from "../text/preTokenizerSteps.ts";
import type { TokenizerFiles } from "../text/tokenizerFiles.ts";
import type { BpeMerges } from "./merger.ts";
import type { ResolvedBpeOptions } from "./options.ts";

const QWEN_SPLIT = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}+| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;

/** The `pre_tokenizer`. */
export function preTokenizerJson({ split, singleDigits }: ResolvedBpeOptions): object {
  const isolate = (source: string) => ({
    type: "Split",
    pattern: { Regex: source },
    behavior: "Isolated",
    invert: false,
  });
  return {
    type: "Sequence",
    pretokenizers: [
      ...(singleDigits ? [isolate(String.raw`\p{N}`)] : []),
      isolate(split === "gpt2" ? GPT2_SPLIT : QWEN_SPLIT),
      { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false },
    ],
  };
}

/** The text of a tokenizer.json. Encoding adds no special tokens: a chat template writes them. */
export function tokenizerJson({ tokens, merges }: BpeMerges, options: ResolvedBpeOptions): string {
  return JSON.stringify({
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: options.specialTokens.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: preTokenizerJson(options),
    post_processor: null,
    decoder: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: merges.map(([left, right]) => `${left} ${right}`),
    },
  });
}

/** Which of the special tokens plays which part. */
export interface SpecialTokenRoles {
  readonly bosToken?: string | undefined;
  readonly eosToken?: string | undefined;
  readonly padToken?: string | undefined;
  /** Jinja source. */
  readonly chatTemplate?: string | undefined;
  /** Longest sequence of the model, in tokens. */
  readonly modelMaxLength?: number | undefined;
}

/** tokenizer.json and tokenizer_config.json by name, for a model folder or a manifest. */
export function tokenizerFiles(json: string, roles: SpecialTokenRoles): TokenizerFiles {
  const config = {
    add_prefix_space: false,
    bos_token: roles.bosToken,
    chat_template: roles.chatTemplate,
    clean_up_tokenization_spaces: false,
    eos_token: roles.eosToken,
    model_max_length: roles.modelMaxLength,
    pad_token: roles.padToken,
    tokenizer_class: "PreTrainedTokenizerFast",
  };
  return new Map([
    ["tokenizer.json", json],
    ["tokenizer_config.json", `${JSON.stringify(config, null, 2)}\n`],
  ]);
}
