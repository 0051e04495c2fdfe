/**
 * A conversation with a model: its messages, and answers that reuse what was computed for the turns before.
 *
 * An answer that was cut short by its signal stays in the history as far as it came, so the next turn follows on what
 * the user has seen. One that failed before its first token leaves no trace, neither does its question.
 */
import { randomUUID } from "node:crypto";
import type { Engine } from "../engine/engine.ts";
import type { ChatMessage } from "../text/chatTemplates.ts";
import type { TextWorker } from "../text/textWorker.ts";
import { type AnswerEvent, type AnswerOptions, answer } from "./answer.ts";

export interface ConversationOptions {
  readonly engine: Engine;
  readonly text: TextWorker;
  /** The first message, for models whose template takes one. */
  readonly system?: string | undefined;
}

export type TurnOptions = Omit<AnswerOptions, "ids" | "decoder" | "sessionKey" | "continues">;

export class Conversation {
  readonly #engine: Engine;
  readonly #text: TextWorker;
  readonly #system: readonly ChatMessage[];
  readonly #sessionKey = randomUUID();
  #turns: readonly ChatMessage[] = [];

  constructor({ engine, text, system }: ConversationOptions) {
    this.#engine = engine;
    this.#text = text;
    this.#system = system === undefined ? [] : [{ role: "system", content: system }];
  }

  get messages(): readonly ChatMessage[] {
    return [...this.#system, ...this.#turns];
  }

  /** Begins anew, with the same system message. */
  clear(): void {
    this.#turns = [];
  }

  /**
   * The model's answer to `content`; its text becomes part of the history. The model's end tokens end it, unless
   * `stopIds` says otherwise. Throws `chat_template_…`, `text_…`, and what `answer` throws.
   */
  async *ask(content: string, options: TurnOptions): AsyncGenerator<AnswerEvent, void, undefined> {
    const question: ChatMessage = { role: "user", content };
    const messages = [...this.messages, question];
    const ids = [...(await this.#text.encodeChat(messages, { signal: options.signal }))];
    let said = "";
    let begun = false;
    try {
      const events = answer(this.#engine, {
        stopIds: this.#text.eosIds,
        ...options,
        ids,
        decoder: this.#text.decoder,
        sessionKey: this.#sessionKey,
      });
      for await (const event of events) {
        if (event.type !== "trace") said += event.text;
        begun ||= event.type === "token" || event.type === "end";
        yield event;
      }
    } finally {
      if (begun) this.#turns = [...this.#turns, question, { role: "assistant", content: said }];
    }
  }
}
