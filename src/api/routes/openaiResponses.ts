/** `POST /v1/responses`: OpenAI's newer address for answers. Nothing is kept: each request has its whole conversation. */
import { collectAnswer } from "../answer/collectAnswer.ts";
import { openAnswer } from "../answer/openAnswer.ts";
import { localsOf } from "../context.ts";
import { answerError } from "../errors/apiError.ts";
import { LIMITS } from "../limits.ts";
import { ResponseEvents } from "../openai/responseEvents.ts";
import { responseHead, responseLogprobs, responseObject } from "../openai/responseObject.ts";
import { asksLogprobs, namesInput, responseBody, toRequest } from "../openai/responseRequest.ts";
import { EXAMPLE_MODEL } from "../openapi/examples.ts";
import { openaiResponse } from "../schemas/openaiResponse.ts";
import { EventStream } from "../sse/eventStream.ts";
import { chatErrors } from "./chat.ts";
import { defineRoute } from "./route.ts";

export const openaiResponsesRoute = defineRoute({
  method: "post",
  path: "/v1/responses",
  tag: "openai",
  summary: "OpenAI's responses, also streamed. Nothing is kept: send the whole conversation as `input`.",
  access: "chat",
  body: {
    schema: responseBody,
    maxBytes: LIMITS.chatBodyBytes,
    example: { model: EXAMPLE_MODEL, input: "What is a DAG?", max_output_tokens: 64, temperature: 0 },
  },
  answers: {
    status: 200,
    description: "The response, or its events.",
    schema: openaiResponse,
    types: ["text/event-stream"],
  },
  errors: [...chatErrors, "unsupported_value", "unsupported_content"],
  async handle({ body, res, context }) {
    const { clock, logger } = context;
    const { caller, requestId, route } = localsOf(res);
    const streams = body.stream ?? false;
    const asked = toRequest(body, caller.name);
    const answer = await openAnswer(context, res, asked, { operation: "chat", streams }).catch(namesInput);
    try {
      const head = responseHead(answer, body, clock.nowMs());
      const withLogprobs = asksLogprobs(body);
      if (body.tools !== undefined) res.setHeader("x-moe-ignored", "tools");
      if (!streams) {
        const { text, tokens, done } = await collectAnswer(answer);
        const { finishReason, usage } = done;
        const logprobs = withLogprobs ? responseLogprobs(tokens) : [];
        return { body: responseObject(head, { text, logprobs, finishReason, usage, completedMs: clock.nowMs() }) };
      }
      const stream = new EventStream(res);
      const events = new ResponseEvents(stream, head);
      try {
        await events.sendAnswer(answer, withLogprobs, () => clock.nowMs());
      } catch (error) {
        const { body: told, unexpected } = answerError(error, requestId);
        if (unexpected) logger.error({ requestId, route, err: error }, "an answer failed");
        if (!res.destroyed) await events.sendError(told).catch(() => undefined);
      }
      stream.end();
      return undefined;
    } finally {
      answer.close();
    }
  },
});
