/**
 * A tokenizer in a thread of its own, for models of strangers and for texts of any length.
 *
 * A tokenizer.json holds regular expressions and a chat template is a program: either can be made to run for years or
 * to take all memory, and a long prompt alone keeps a thread busy for a second. Here a call has a deadline and the
 * thread a memory limit; whoever passes them loses the thread, and the next call gets a new one. Decoding stays with
 * the caller (`decoder`): it runs nothing from the files.
 */
import type { ChatMessage, RenderOptions } from "./chatTemplates.ts";
import { TextQueue, type TextQueueOptions } from "./textQueue.ts";
import { createTokenDecoder, type TokenDecoder } from "./tokenDecoder.ts";
import type { EncodeOptions, TokenizerFacts } from "./tokenizer.ts";
import type { TokenizerFiles } from "./tokenizerFiles.ts";

interface AbortOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface TextWorker extends TokenizerFacts {
  readonly decoder: TokenDecoder;
  /**
   * As `Tokenizer`'s. Besides its codes they throw `text_timeout` and `text_memory` (the call was the one that took too
   * long or too much), `text_busy` (too many wait), `text_closed`, and the signal's reason.
   */
  encode(text: string, options?: EncodeOptions & AbortOptions): Promise<Int32Array>;
  renderChat(messages: readonly ChatMessage[], options?: RenderOptions & AbortOptions): Promise<string>;
  encodeChat(messages: readonly ChatMessage[], options?: RenderOptions & AbortOptions): Promise<Int32Array>;
  /** Ends the thread; calls that wait fail with `text_closed`. May be called twice. */
  close(): Promise<void>;
}

/**
 * Starts the thread and loads the tokenizer. Throws what `loadTokenizer` throws, `text_timeout`, `text_memory` and the
 * signal's reason; then the thread has ended.
 */
export async function openTextWorker(
  files: TokenizerFiles,
  options: TextQueueOptions = {},
  loadSignal?: AbortSignal,
): Promise<TextWorker> {
  const queue = new TextQueue(files, options);
  try {
    const { facts, table } = await queue.call({ kind: "load" }, loadSignal);
    return {
      ...facts,
      decoder: createTokenDecoder(table),
      encode: (text, { signal, ...rest } = {}) => queue.call({ kind: "encode", text, options: rest }, signal),
      renderChat: (messages, { signal, ...rest } = {}) =>
        queue.call({ kind: "renderChat", messages, options: rest }, signal),
      encodeChat: (messages, { signal, ...rest } = {}) =>
        queue.call({ kind: "encodeChat", messages, options: rest }, signal),
      close: () => queue.close(),
    };
  } catch (error) {
    await queue.close();
    throw error;
  }
}
