/**
 * `progress` events of an answer before its first token: `{"stage": "loading"}`, `{"stage": "queue", "ahead": 2}`, then
 * `{"stage": "prompt", "tokens": 512, "total": 2048}`. Only the newest matters, so at most one is on its way and one waits.
 */
import { snakeCase } from "../http/snakeCase.ts";
import type { ChatProgress } from "../services/chat.ts";
import type { EventStream } from "./eventStream.ts";

export class ProgressEvents {
  readonly #begin: () => EventStream;
  #newest: ChatProgress | undefined;
  #sending: Promise<void> | undefined;

  /** @param begin gives the stream, which begins with the first event */
  constructor(begin: () => EventStream) {
    this.#begin = begin;
  }

  readonly report = (progress: ChatProgress): void => {
    this.#newest = progress;
    this.#sending ??= this.#send();
  };

  /** Before any other event: resolves when nothing is on its way; what still waits is out of date and is not sent. */
  async settle(): Promise<void> {
    this.#newest = undefined;
    await this.#sending;
  }

  /** Never rejects: a client that is gone ends the answer itself. */
  async #send(): Promise<void> {
    try {
      for (let next = this.#newest; next !== undefined; next = this.#newest) {
        this.#newest = undefined;
        await this.#begin().send(snakeCase(next), "progress");
      }
    } catch {
      this.#newest = undefined;
    }
    this.#sending = undefined;
  }
}
