/**
 * A response as a stream: typed events in the order of OpenAI's documentation, numbered from 0. Each has its type as the
 * event's name too. There is no `[DONE]`: the last event is `response.completed`, `response.incomplete` or `error`.
 */
import type { Answer } from "../answer/openAnswer.ts";
import type { ErrorBody } from "../errors/apiError.ts";
import type { ChatToken } from "../services/chat.ts";
import type { EventStream } from "../sse/eventStream.ts";
import { messageItem, type ResponseHead, responseLogprobs, responseObject, textPart } from "./responseObject.ts";

export class ResponseEvents {
  readonly #stream: EventStream;
  readonly #head: ResponseHead;
  #number = 0;

  constructor(stream: EventStream, head: ResponseHead) {
    this.#stream = stream;
    this.#head = head;
  }

  /** @param nowMs the time, when it has ended */
  async sendAnswer(answer: Answer, withLogprobs: boolean, nowMs: () => number): Promise<void> {
    const head = this.#head;
    const place = { item_id: head.messageId, output_index: 0, content_index: 0 };
    await this.#send("response.created", { response: responseObject(head) });
    await this.#send("response.in_progress", { response: responseObject(head) });
    await this.#send("response.output_item.added", { output_index: 0, item: messageItem(head.messageId) });
    await this.#send("response.content_part.added", { ...place, part: textPart("", []) });
    let text = "";
    const logprobs: object[] = [];
    // Tokens whose text is still held back go with the next text.
    let tokens: ChatToken[] = [];
    for await (const event of answer.events()) {
      if (event.type === "text") {
        if (withLogprobs) tokens.push(...event.tokens);
        if (event.text === "") continue;
        text += event.text;
        const own = responseLogprobs(tokens);
        logprobs.push(...own);
        tokens = [];
        await this.#send("response.output_text.delta", { ...place, delta: event.text, logprobs: own });
        continue;
      }
      logprobs.push(...responseLogprobs(tokens));
      const { finishReason, usage } = event;
      const end = { text, logprobs, finishReason, usage, completedMs: nowMs() };
      await this.#send("response.output_text.done", { ...place, text, logprobs });
      await this.#send("response.content_part.done", { ...place, part: textPart(text, logprobs) });
      await this.#send("response.output_item.done", { output_index: 0, item: messageItem(head.messageId, end) });
      const type = finishReason === "length" ? "response.incomplete" : "response.completed";
      await this.#send(type, { response: responseObject(head, end) });
    }
  }

  /** Clients differ in where they look for the fields of an error: here they are in both places. */
  sendError({ error }: ErrorBody): Promise<void> {
    const { code, message, param } = error;
    return this.#send("error", { code, message, param, error });
  }

  #send(type: string, fields: object): Promise<void> {
    return this.#stream.send({ type, sequence_number: this.#number++, ...fields }, type);
  }
}
