/** `POST /v1/chat/completions`: OpenAI's address, in its order of chunks. Never an `event:` line: clients throw on it. */
import { collectAnswer } from "../answer/collectAnswer.ts";
import { type Answer, openAnswer } from "../answer/openAnswer.ts";
import { sendAnswerError } from "../answer/sendAnswerError.ts";
import { localsOf } from "../context.ts";
import { LIMITS } from "../limits.ts";
import { chatCompletionBody, ignoredFields, toRequest } from "../openai/chatRequest.ts";
import { chatChunk, chatCompletion, chunkChoice, headOf, logprobsOf, usageOf } from "../openai/chatResponse.ts";
import { chatCompletionAnswer } from "../schemas/openai.ts";
import type { ChatToken } from "../services/chat.ts";
import { EventStream } from "../sse/eventStream.ts";
import { chatErrors } from "./chat.ts";
import { defineRoute } from "./route.ts";

export const openaiChatRoute = defineRoute({
  method: "post",
  path: "/v1/chat/completions",
  tag: "openai",
  summary: "OpenAI's chat completions, also streamed.",
  access: "chat",
  body: {
    schema: chatCompletionBody,
    maxBytes: LIMITS.chatBodyBytes,
    example: { model: "demo", messages: [{ role: "user", content: "What is a DAG?" }], max_tokens: 64 },
  },
  answers: {
    status: 200,
    description: "The completion, or its chunks.",
    schema: chatCompletionAnswer,
    types: ["text/event-stream"],
  },
  errors: [...chatErrors, "unsupported_value", "unsupported_content"],
  async handle({ body, res, context }) {
    const streams = body.stream ?? false;
    const request = toRequest(body, localsOf(res).caller.name);
    const answer = await openAnswer(context, res, request, { operation: "chat", streams });
    try {
      const head = headOf(answer.prepared, "chatcmpl", context.clock.nowMs());
      const ignored = ignoredFields(body);
      if (ignored.length > 0) res.setHeader("x-moe-ignored", ignored.join(", "));
      if (streams) {
        const stream = new EventStream(res);
        try {
          await sendChunks(stream, answer, head, {
            logprobs: body.logprobs === true,
            usage: body.stream_options?.include_usage === true,
          });
        } catch (error) {
          await sendAnswerError(context, res, stream, error);
        }
        stream.end();
        return undefined;
      }
      const { text, tokens, done } = await collectAnswer(answer);
      const logprobs = body.logprobs === true ? logprobsOf(tokens) : null;
      const { finishReason, usage } = done;
      return { body: chatCompletion(head, { text, finishReason, logprobs, usage: usageOf(usage) }) };
    } finally {
      answer.close();
    }
  },
});

async function sendChunks(
  stream: EventStream,
  answer: Answer,
  head: ReturnType<typeof headOf>,
  asked: { readonly logprobs: boolean; readonly usage: boolean },
): Promise<void> {
  const before = asked.usage ? null : undefined;
  const send = (delta: object, finishReason: string | null, logprobs: object | null = null): Promise<void> =>
    stream.send(chatChunk(head, [chunkChoice(delta, finishReason, logprobs)], before));
  await send({ role: "assistant", content: "" }, null);
  // Tokens whose text is still held back go with the next text.
  let tokens: ChatToken[] = [];
  for await (const event of answer.events()) {
    if (event.type === "text") {
      tokens.push(...event.tokens);
      if (event.text === "") continue;
      await send({ content: event.text }, null, asked.logprobs ? logprobsOf(tokens) : null);
      tokens = [];
      continue;
    }
    if (asked.logprobs && tokens.length > 0) await send({ content: "" }, null, logprobsOf(tokens));
    await send({}, event.finishReason);
    if (asked.usage) await stream.send(chatChunk(head, [], usageOf(event.usage)));
  }
  await stream.sendText("data: [DONE]\n\n");
}
