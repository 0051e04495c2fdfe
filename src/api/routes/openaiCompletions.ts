/** `POST /v1/completions`: OpenAI's older address, for a raw prompt or several, one after the other. */
import { collectAnswer } from "../answer/collectAnswer.ts";
import { type Answer, openAnswer } from "../answer/openAnswer.ts";
import { sendAnswerError } from "../answer/sendAnswerError.ts";
import { LIMITS } from "../limits.ts";
import { type AnswerHead, headOf, usageOf } from "../openai/chatResponse.ts";
import { completionBody, toRequests } from "../openai/completionRequest.ts";
import { EXAMPLE_MODEL } from "../openapi/examples.ts";
import { completionAnswer } from "../schemas/openai.ts";
import type { ChatUsage } from "../services/chat.ts";
import { EventStream } from "../sse/eventStream.ts";
import { chatErrors } from "./chat.ts";
import { defineRoute } from "./route.ts";

export const openaiCompletionsRoute = defineRoute({
  method: "post",
  path: "/v1/completions",
  tag: "openai",
  summary: "OpenAI's completions of raw prompts, also streamed.",
  access: "chat",
  body: {
    schema: completionBody,
    maxBytes: LIMITS.chatBodyBytes,
    example: { model: EXAMPLE_MODEL, prompt: "Once upon a time", max_tokens: 32 },
  },
  answers: { status: 200, description: "The completion.", schema: completionAnswer, types: ["text/event-stream"] },
  errors: [...chatErrors, "unsupported_value"],
  async handle({ body, res, context }) {
    const streams = body.stream ?? false;
    const [first, ...others] = toRequests(body);
    const opened: Answer[] = [];
    const open = async (request: typeof first): Promise<Answer> => {
      const answer = await openAnswer(context, res, request!, { operation: "text_completion", streams });
      opened.push(answer);
      return answer;
    };
    try {
      const answer = await open(first);
      // All are prepared before the first byte, so that a late prompt's mistake is still a status.
      for (const request of others) await open(request);
      const head = headOf(answer, "cmpl", context.clock.nowMs());
      if (!streams) return { body: await whole(head, opened) };
      const stream = new EventStream(res);
      try {
        await sendChunks(stream, head, opened, body.stream_options?.include_usage === true);
      } catch (error) {
        await sendAnswerError(context, res, stream, error);
      }
      stream.end();
      return undefined;
    } finally {
      for (const answer of opened) answer.close();
    }
  },
});

async function whole(head: AnswerHead, answers: readonly Answer[]): Promise<object> {
  const choices: object[] = [];
  let usage = NO_USAGE;
  for (const [index, answer] of answers.entries()) {
    const { text, done } = await collectAnswer(answer);
    choices.push({ text, index, logprobs: null, finish_reason: done.finishReason });
    usage = sum(usage, done.usage);
  }
  return { ...completion(head, choices), usage: usageOf(usage) };
}

async function sendChunks(
  stream: EventStream,
  head: AnswerHead,
  answers: readonly Answer[],
  asksUsage: boolean,
): Promise<void> {
  const send = (choice: object): Promise<void> =>
    stream.send({ ...completion(head, [choice]), ...(asksUsage && { usage: null }) });
  let usage = NO_USAGE;
  for (const [index, answer] of answers.entries()) {
    for await (const event of answer.events()) {
      if (event.type === "done") {
        usage = sum(usage, event.usage);
        await send({ text: "", index, logprobs: null, finish_reason: event.finishReason });
      } else if (event.text !== "") {
        await send({ text: event.text, index, logprobs: null, finish_reason: null });
      }
    }
  }
  if (asksUsage) await stream.send({ ...completion(head, []), usage: usageOf(usage) });
  await stream.sendText("data: [DONE]\n\n");
}

function completion({ id, created, model, fingerprint }: AnswerHead, choices: readonly object[]): object {
  return { id, object: "text_completion", created, model, system_fingerprint: fingerprint, choices };
}

const NO_USAGE: ChatUsage = { promptTokens: 0, completionTokens: 0, cachedTokens: 0 };

function sum(a: ChatUsage, b: ChatUsage): ChatUsage {
  return {
    promptTokens: a.promptTokens + b.promptTokens,
    completionTokens: a.completionTokens + b.completionTokens,
    cachedTokens: a.cachedTokens + b.cachedTokens,
  };
}
