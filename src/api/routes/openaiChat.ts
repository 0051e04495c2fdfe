/** `POST /v1/chat/completions`: OpenAI's address, in its order of chunks. Never an `event:` line: clients throw on it. */
import { collectAnswer } from "../answer/collectAnswer.ts";
import { type Answer, openAnswer } from "../answer/openAnswer.ts";
import { sendAnswerError } from "../answer/sendAnswerError.ts";
import { localsOf } from "../context.ts";
import { LIMITS } from "../limits.ts";
import { ChatChunks, DONE_EVENT } from "../openai/chatChunks.ts";
import { chatCompletionBody, ignoredFields, toRequest } from "../openai/chatRequest.ts";
import { chatCompletion, headOf, logprobsOf, usageOf } from "../openai/chatResponse.ts";
import { EXAMPLE_MODEL } from "../openapi/examples.ts";
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
    example: {
      model: EXAMPLE_MODEL,
      messages: [{ role: "user", content: "What is a DAG?" }],
      max_tokens: 64,
      temperature: 0,
    },
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
      const head = headOf(answer, "chatcmpl", context.clock.nowMs());
      const ignored = ignoredFields(body);
      if (ignored.length > 0) res.setHeader("x-moe-ignored", ignored.join(", "));
      if (streams) {
        const stream = new EventStream(res);
        try {
          const usage = body.stream_options?.include_usage === true;
          const chunks = new ChatChunks(head, usage);
          await sendChunks(stream, answer, chunks, { logprobs: body.logprobs === true, usage });
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
  chunks: ChatChunks,
  asked: { readonly logprobs: boolean; readonly usage: boolean },
): Promise<void> {
  await stream.sendText(chunks.choice({ role: "assistant", content: "" }, null));
  // Tokens whose text is still held back go with the next text.
  let tokens: ChatToken[] = [];
  let last = "";
  for await (const event of answer.events()) {
    if (event.type === "text") {
      if (asked.logprobs) tokens.push(...event.tokens);
      if (event.text === "") continue;
      const room = stream.write(
        asked.logprobs ? chunks.choice({ content: event.text }, null, logprobsOf(tokens)) : chunks.content(event.text),
      );
      if (room !== undefined) await room;
      tokens = [];
      continue;
    }
    if (tokens.length > 0) last += chunks.choice({ content: "" }, null, logprobsOf(tokens));
    last += chunks.choice({}, event.finishReason);
    if (asked.usage) last += chunks.usage(usageOf(event.usage));
  }
  await stream.sendText(last + DONE_EVENT);
}
