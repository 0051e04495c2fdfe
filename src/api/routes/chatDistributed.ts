/**
 * `POST /chat/distributed`: an answer over the layers of several nodes, as typed events. As long as this node is alone
 * its route has one hop: itself.
 */

import { collectAnswer } from "../answer/collectAnswer.ts";
import { openAnswer } from "../answer/openAnswer.ts";
import { type StreamedAnswer, streamAnswer } from "../answer/streamAnswer.ts";
import { type ApiContext, localsOf } from "../context.ts";
import { snakeCase } from "../http/snakeCase.ts";
import { LIMITS } from "../limits.ts";
import { chatBody, toChatRequest } from "../schemas/chat.ts";
import { chatAnswer } from "../schemas/chatAnswer.ts";
import { chatErrors, factsOf, inputOf, startOf } from "./chat.ts";
import { defineRoute } from "./route.ts";

export const chatDistributedRoute = defineRoute({
  method: "post",
  path: "/chat/distributed",
  tag: "chat",
  summary:
    "Asks the model over several nodes. Streams unless `stream` is false: queued, route, token, hop, usage, done, or " +
    "error. This node answers alone until it is in a network.",
  access: "chat",
  body: {
    schema: chatBody,
    maxBytes: LIMITS.chatBodyBytes,
    example: { prompt: "What is a DAG?", top_k_experts: 2, temperature: 0 },
  },
  answers: { status: 200, description: "The answer.", schema: chatAnswer, types: ["text/event-stream"] },
  errors: chatErrors,
  async handle({ body, res, context }) {
    const request = toChatRequest(body, inputOf(body, context.services), localsOf(res).caller.name);
    const streams = body.stream ?? true;
    if (streams) {
      return streamAnswer(context, res, request, body.progress === true, (streamed) => sendEvents(context, streamed));
    }
    const answer = await openAnswer(context, res, request, { operation: "chat", streams });
    try {
      const { text, done } = await collectAnswer(answer);
      return { body: { response: text, ...factsOf(answer, done), route: routeOf(context, answer.prepared.model) } };
    } finally {
      answer.close();
    }
  },
});

async function sendEvents(context: ApiContext, { answer, stream, progress }: StreamedAnswer): Promise<void> {
  const route = routeOf(context, answer.prepared.model);
  await stream.send({ ...(startOf(answer) as object), ...context.services.chat.load() }, "queued");
  await stream.send({ hops: route, state_root: answer.prepared.stateRoot }, "route");
  for await (const event of answer.events(progress?.report)) {
    if (progress !== undefined) await progress.settle();
    if (event.type === "text") {
      await stream.send(snakeCase({ text: event.text, tokens: event.tokens }), "token");
      continue;
    }
    const { firstTokenMs, decodeMs } = event.timings;
    context.metrics.hopSeconds.observe((firstTokenMs + decodeMs) / 1000);
    await stream.send({ ...route[0], ms: firstTokenMs + decodeMs, tokens: event.usage.completionTokens }, "hop");
    await stream.send(snakeCase(event.usage), "usage");
    await stream.send(factsOf(answer, event), "done");
  }
}

function routeOf({ services }: ApiContext, model: string): { node_id: string; layers: [number, number] }[] {
  const layers = services.models.find(model)?.layers ?? 1;
  return [{ node_id: services.network.peerId, layers: [0, layers - 1] }];
}
