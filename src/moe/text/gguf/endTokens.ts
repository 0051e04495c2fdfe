/**
 * Which tokens end an answer. A GGUF file names one end token, and rarely those of a turn or a message; models made for
 * chat end their turns with others. llama.cpp knows such tokens by their texts, so files rely on that.
 */

/** Ends of a text, a turn, a message, an answer or a call of a tool, as the supported models write them. */
const ENDS: ReadonlySet<string> = new Set([
  "</s>",
  "<|endoftext|>",
  "<|end_of_text|>",
  "<｜end▁of▁sentence｜>",
  "<|im_end|>",
  "<|eot_id|>",
  "<|eom_id|>",
  "<|end|>",
  "<end_of_turn>",
  "<EOT>",
  "[EOT]",
  "[EOS]",
  "<|return|>",
  "<|call|>",
]);

/**
 * Ids of end tokens, those in `named` first.
 * @param isMarkup whether a token is more than a piece of text
 */
export function endTokenIds(
  texts: readonly string[],
  isMarkup: (id: number) => boolean,
  named: readonly number[],
): readonly number[] {
  const ends = new Map(texts.flatMap((text, id) => (ENDS.has(text) && isMarkup(id) ? [[text, id] as const] : [])));
  // gpt-oss ends every message of an answer with this one; the answer goes on.
  if (ends.has("<|return|>") && ends.has("<|call|>")) ends.delete("<|end|>");
  return [...new Set([...named, ...ends.values()])];
}
