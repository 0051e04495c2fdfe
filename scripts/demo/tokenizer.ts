/** The tokenizer of the demo model: byte-level BPE learnt from the training text, digits one by one. */
import { tokenizerFiles } from "../../src/moe/bpe/tokenizerJson.ts";
import { trainBpe } from "../../src/moe/bpe/train.ts";
import type { TokenizerFiles } from "../../src/moe/text/tokenizerFiles.ts";
import { CHAT_TEMPLATE, END_TOKEN, PAD_TOKEN, SPECIAL_TOKENS } from "./chatTemplate.ts";
import type { Conversation } from "./corpus/types.ts";

export const DEMO_VOCAB_SIZE = 3072;
export const DEMO_CONTEXT = 1024;

export interface DemoTokenizerOptions {
  /** Default 3,072. */
  readonly vocabSize?: number;
  /** Learn from at most so many conversations. Default 20,000: more change little. */
  readonly conversations?: number;
  readonly signal?: AbortSignal;
}

/**
 * tokenizer.json and tokenizer_config.json by name. The same conversations give the same files.
 * Throws `corpus_empty` and `corpus_too_short`, and the signal's reason when it is aborted.
 */
export async function demoTokenizerFiles(
  train: readonly Conversation[],
  { vocabSize = DEMO_VOCAB_SIZE, conversations = 20_000, signal }: DemoTokenizerOptions = {},
): Promise<TokenizerFiles> {
  const texts = train.slice(0, conversations).flatMap(({ messages }) => messages.map(({ content }) => content));
  const trained = await trainBpe(texts, { vocabSize, specialTokens: SPECIAL_TOKENS, singleDigits: true, signal });
  return tokenizerFiles(trained.json, {
    eosToken: END_TOKEN,
    padToken: PAD_TOKEN,
    chatTemplate: CHAT_TEMPLATE,
    modelMaxLength: DEMO_CONTEXT,
  });
}
