/**
 * A byte-level BPE tokenizer for the synthetic checkpoints: three special tokens, the 256 bytes, a few merges, then
 * filler words up to the vocabulary size. It round-trips any text, which is all that a benchmark asks of it.
 */

/** Visible stand-ins of the 256 bytes, as GPT-2's byte-level BPE has them. */
function byteCharacters(): string[] {
  const visible = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(visible(byte) ? byte : next++));
}

export const SPECIAL_TOKENS = ["<pad>", "<s>", "</s>"] as const;
export const MERGES: readonly (readonly [string, string])[] = [
  ["h", "e"],
  ["t", "he"],
  ["Ġ", "the"],
];

/** All tokens by id. */
export function vocabularyOf(size: number): string[] {
  const tokens: string[] = [...SPECIAL_TOKENS, ...byteCharacters(), ...MERGES.map(([left, right]) => left + right)];
  for (let id = tokens.length; id < size; id++) tokens.push(`filler${id}`);
  return tokens.slice(0, size);
}

/** `tokenizer.json`. */
export function tokenizerJson(size: number): Record<string, unknown> {
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: SPECIAL_TOKENS.map((content, id) => ({ id, content, ...flags })),
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: byteLevel,
    decoder: byteLevel,
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(vocabularyOf(size).map((token, id) => [token, id])),
      merges: MERGES,
    },
  };
}

/** `tokenizer_config.json`. */
export function tokenizerConfig(maxPositions: number): Record<string, unknown> {
  return {
    tokenizer_class: "PreTrainedTokenizerFast",
    bos_token: "<s>",
    eos_token: "</s>",
    pad_token: "<pad>",
    clean_up_tokenization_spaces: false,
    model_max_length: maxPositions,
    chat_template: "{% for message in messages %}{{ message['content'] }}\n{% endfor %}",
  };
}
