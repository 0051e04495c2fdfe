/** `POST /chat`: an answer with what computed it, in one piece or as typed events. */

import { type AnswerDone, collectAnswer } from "../answer/collectAnswer.ts";
import type { Answer } from "../answer/openAnswer.ts";
import { openAnswer } from "../answer/openAnswer.ts";
import { type StreamedAnswer, streamAnswer } from "../answer/streamAnswer.ts";
import { localsOf } from "../context.ts";
import { snakeCase } from "../http/snakeCase.ts";
import { LIMITS } from "../limits.ts";
import { type ChatBody, chatBody, toChatRequest } from "../schemas/chat.ts";
import { chatAnswer } from "../schemas/chatAnswer.ts";
import type { ChatRequest } from "../services/chat.ts";
import type { NodeServices } from "../services/node.ts";
import { defineRoute } from "./route.ts";

export const chatErrors = [
  "model_not_found",
  "model_loading",
  "context_length_exceeded",
  "bad_message",
  "chat_template_missing",
  "bad_top_k",
  "bad_sampling_parameter",
  "overloaded",
  "layers_unavailable",
  "node_closing",
  "generation_timeout",
] as const;

export const chatRoute = defineRoute({
  method: "post",
  path: "/chat",
  tag: "chat",
  summary: "Asks the model. With `stream` the answer is server-sent events: start, progress, token, done, or error.",
  access: "chat",
  body: {
    schema: chatBody,
    maxBytes: LIMITS.chatBodyBytes,
    example: { prompt: "What is a DAG?", max_tokens: 64, temperature: 0 },
  },
  answers: { status: 200, description: "The answer.", schema: chatAnswer, types: ["text/event-stream"] },
  errors: chatErrors,
  async handle({ body, res, context }) {
    const request = toChatRequest(body, inputOf(body, context.services), localsOf(res).caller.name);
    const streams = body.stream ?? false;
    if (streams) return streamAnswer(context, res, request, body.progress === true, sendEvents);
    const answer = await openAnswer(context, res, request, { operation: "chat", streams });
    try {
      const { text, tokens, done } = await collectAnswer(answer);
      const detailed = body.logprobs === true || body.routing === true;
      return { body: { response: text, ...factsOf(answer, done), ...(detailed && { tokens: snakeCase(tokens) }) } };
    } finally {
      answer.close();
    }
  },
});

async function sendEvents({ answer, stream, progress }: StreamedAnswer): Promise<void> {
  await stream.send(startOf(answer), "start");
  for await (const event of answer.events(progress?.report)) {
    if (progress !== undefined) await progress.settle();
    if (event.type === "text") await stream.send(snakeCase({ text: event.text, tokens: event.tokens }), "token");
    else await stream.send(factsOf(answer, event), "done");
  }
}

/** A prompt is a question to models that take conversations, unless it is to stay as it is. */
export function inputOf({ prompt, messages, model, raw }: ChatBody, { models }: NodeServices): ChatRequest["input"] {
  if (messages !== undefined) return { messages };
  const asked = prompt!;
  if (raw === true || models.find(model)?.hasChatTemplate === false) return { prompt: asked };
  return { messages: [{ role: "user", content: asked }] };
}

export function startOf({ requestId, prepared }: Answer): unknown {
  const { model, stateRoot, precision, promptTokens, maxTokens } = prepared;
  return snakeCase({ requestId, model, stateRoot, precision, promptTokens, maxTokens });
}

/** What computed the answer, and how fast. */
export function factsOf(
  { requestId, prepared }: Answer,
  { finishReason, usage, timings, experts, cache }: AnswerDone,
): object {
  const { model, stateRoot, precision } = prepared;
  const facts = { requestId, model, stateRoot, precision, finishReason, usage, timings, experts, cache };
  return snakeCase(facts) as object;
}
