/**
 * The chunks of a streamed chat as server-sent events. What all chunks of an answer share is made into JSON once: a chunk
 * comes with every token.
 */
import { type AnswerHead, chatChunk, chunkChoice } from "./chatResponse.ts";

export const DONE_EVENT = "data: [DONE]\n\n";

export class ChatChunks {
  readonly #opening: string;
  readonly #closing: string;
  readonly #head: AnswerHead;

  /** @param asksUsage the last chunk will have usage, so the others have `null` */
  constructor(head: AnswerHead, asksUsage: boolean) {
    this.#head = head;
    const empty = JSON.stringify(chatChunk(head, [], asksUsage ? null : undefined));
    const at = empty.lastIndexOf('"choices":[]') + '"choices":['.length;
    this.#opening = `data: ${empty.slice(0, at)}`;
    this.#closing = `${empty.slice(at)}\n\n`;
  }

  choice(delta: object, finishReason: string | null, logprobs: object | null = null): string {
    return `${this.#opening}${JSON.stringify(chunkChoice(delta, finishReason, logprobs))}${this.#closing}`;
  }

  /** The same as of `choice({ content }, null)`. */
  content(text: string): string {
    const choice = `{"index":0,"delta":{"content":${JSON.stringify(text)}},"logprobs":null,"finish_reason":null}`;
    return this.#opening + choice + this.#closing;
  }

  usage(usage: object): string {
    return `data: ${JSON.stringify(chatChunk(this.#head, [], usage))}\n\n`;
  }
}
