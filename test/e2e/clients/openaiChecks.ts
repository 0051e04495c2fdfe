/** What the npm package `openai` has to get out of a server under /v1. Each check throws when something is wrong. */
import OpenAI, { APIUserAbortError, BadRequestError, NotFoundError } from "openai";
import type { ChatCompletionMessageParam } from "openai/resources/chat/completions";
import { type Check, equal, truthy } from "./check.ts";

const MESSAGES: ChatCompletionMessageParam[] = [{ role: "user", content: "hello" }];
const greedy = (model: string) => ({ model, messages: MESSAGES, temperature: 0, max_tokens: 12 });

const client = (baseURL: string): OpenAI => new OpenAI({ baseURL, apiKey: "any", maxRetries: 0 });

export const OPENAI_CHECKS: Readonly<Record<string, Check>> = {
  "openai: models.list and retrieve": async ({ base, model }) => {
    const ids: string[] = [];
    for await (const each of client(base).models.list()) {
      ids.push(each.id);
      equal("object", each.object, "model");
      truthy("created in seconds", each.created > 1.6e9 && each.created < 1e10);
      truthy("owned_by", typeof each.owned_by === "string" && each.owned_by !== "");
    }
    equal("ids", ids, [model]);
    equal("retrieve", (await client(base).models.retrieve(model)).id, model);
  },
  "openai: create": async ({ base, model, text }) => {
    const answer = await client(base).chat.completions.create(greedy(model));
    equal("object", answer.object, "chat.completion");
    truthy("id", answer.id.startsWith("chatcmpl-"));
    equal("model", answer.model, model);
    equal("created", Math.abs(answer.created - Date.now() / 1000) < 600, true);
    const [choice] = answer.choices;
    equal("content", choice?.message.content, text);
    equal("role", choice?.message.role, "assistant");
    equal("refusal", choice?.message.refusal, null);
    equal("finish_reason", choice?.finish_reason, "length");
    equal("sum of usage", answer.usage!.prompt_tokens + answer.usage!.completion_tokens, answer.usage!.total_tokens);
    equal("completion tokens", answer.usage!.completion_tokens, 12);
    truthy("request id", /^req_/.test(answer._request_id ?? ""));
  },
  "openai: raw stream": async ({ base, model, text }) => {
    const stream = await client(base).chat.completions.create({ ...greedy(model), stream: true });
    const chunks = await Array.fromAsync(stream);
    equal("one id", new Set(chunks.map(({ id, created, model: m }) => `${id}${created}${m}`)).size, 1);
    equal("objects", new Set(chunks.map(({ object }) => object)), new Set(["chat.completion.chunk"]));
    equal("role once, first", chunks.map(({ choices }) => choices[0]?.delta.role).filter(Boolean), ["assistant"]);
    equal("role in the first chunk", chunks[0]?.choices[0]?.delta.role, "assistant");
    equal("text", chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join(""), text);
    equal("reasons", chunks.map(({ choices }) => choices[0]?.finish_reason).filter(Boolean), ["length"]);
    equal("reason in the last chunk", chunks.at(-1)?.choices[0]?.finish_reason, "length");
    equal("no usage", chunks.filter((chunk) => "usage" in chunk).length, 0);
  },
  "openai: raw stream with usage": async ({ base, model }) => {
    const options = { ...greedy(model), stream: true, stream_options: { include_usage: true } } as const;
    const chunks = await Array.fromAsync(await client(base).chat.completions.create(options));
    equal("choices of the last chunk", chunks.at(-1)?.choices, []);
    equal("usage", chunks.at(-1)?.usage?.completion_tokens, 12);
    equal("null before", new Set(chunks.slice(0, -1).map(({ usage }) => usage)), new Set([null]));
  },
  "openai: .stream() helper": async ({ base, model, text }) => {
    const stream = client(base).chat.completions.stream({
      ...greedy(model),
      stream_options: { include_usage: true },
    });
    let heard = "";
    stream.on("content", (delta) => {
      heard += delta;
    });
    const final = await stream.finalChatCompletion();
    equal("deltas", heard, text);
    equal("content", final.choices[0]?.message.content, text);
    equal("finish_reason", final.choices[0]?.finish_reason, "length");
    equal("usage", (await stream.totalUsage()).completion_tokens, 12);
  },
  "openai: log probabilities": async ({ base, model, text }) => {
    const asks = { ...greedy(model), logprobs: true, top_logprobs: 2 };
    const content = (await client(base).chat.completions.create(asks)).choices[0]?.logprobs?.content ?? [];
    equal("tokens", content.length, 12);
    const bytes = content.flatMap((token) => token.bytes ?? []);
    truthy("bytes hold the text", Buffer.from(bytes).toString().includes(text.trim().slice(0, 4)));
    truthy(
      "alternatives",
      content.every((token) => token.top_logprobs.length === 2 && token.logprob <= 0),
    );
    const streamed = await Array.fromAsync(await client(base).chat.completions.create({ ...asks, stream: true }));
    const all = streamed.flatMap(({ choices }) => choices[0]?.logprobs?.content ?? []);
    equal(
      "the same in a stream",
      all.map(({ token }) => token),
      content.map(({ token }) => token),
    );
  },
  "openai: stop texts": async ({ base, model, text }) => {
    const stop = text.slice(3, 6);
    const answer = await client(base).chat.completions.create({ ...greedy(model), stop: [stop] });
    equal("text before the stop", answer.choices[0]?.message.content, text.slice(0, text.indexOf(stop)));
    equal("finish_reason", answer.choices[0]?.finish_reason, "stop");
  },
  "openai: completions": async ({ base, model }) => {
    const asks = { model, prompt: "once upon", max_tokens: 6, temperature: 0 };
    const whole = await client(base).completions.create(asks);
    equal("object", whole.object, "text_completion");
    equal("tokens", whole.usage?.completion_tokens, 6);
    const chunks = await Array.fromAsync(await client(base).completions.create({ ...asks, stream: true }));
    equal("text", chunks.map(({ choices }) => choices[0]?.text ?? "").join(""), whole.choices[0]?.text);
    equal("reasons", chunks.map(({ choices }) => choices[0]?.finish_reason).filter(Boolean), ["length"]);
  },
  "openai: abort": async ({ base, model }) => {
    const stream = await client(base).chat.completions.create({ ...greedy(model), max_tokens: 400, stream: true });
    let chunks = 0;
    for await (const _chunk of stream) if (++chunks === 3) stream.controller.abort();
    truthy("ended early", chunks >= 3 && chunks < 200);
    const controller = new AbortController();
    const { signal } = controller;
    const asked = client(base).chat.completions.create({ ...greedy(model), max_tokens: 400 }, { signal });
    controller.abort();
    const error = await asked.catch((thrown: unknown) => thrown);
    truthy("an abort is thrown", error instanceof APIUserAbortError);
  },
  "openai: errors": async ({ base, model }) => {
    const missing = await client(base)
      .chat.completions.create({ ...greedy("gpt-unknown") })
      .catch((thrown: unknown) => thrown);
    truthy("404", missing instanceof NotFoundError);
    equal("code", (missing as NotFoundError).code, "model_not_found");
    truthy("lists the models", (missing as NotFoundError).message.includes(model));
    const bad = await client(base)
      .chat.completions.create({ ...greedy(model), temperature: 5 })
      .catch((thrown: unknown) => thrown);
    truthy("400", bad instanceof BadRequestError);
    equal("param", (bad as BadRequestError).param, "temperature");
    equal("type", (bad as BadRequestError).type, "invalid_request_error");
    const long = await client(base)
      .chat.completions.create({ ...greedy(model), messages: [{ role: "user", content: "word ".repeat(4000) }] })
      .catch((thrown: unknown) => thrown);
    equal("too long", (long as BadRequestError).code, "context_length_exceeded");
  },
  "openai: what coding clients send": async ({ base, model }) => {
    const answer = await client(base).chat.completions.create({
      ...greedy(model),
      max_tokens: 32_000,
      stop: "e",
      tools: [{ type: "function", function: { name: "read", parameters: { type: "object", properties: {} } } }],
      tool_choice: "auto",
      parallel_tool_calls: false,
      user: "u",
      messages: [
        { role: "developer", content: "be brief" },
        { role: "user", content: [{ type: "text", text: "hello" }] },
      ],
    });
    equal("role", answer.choices[0]?.message.role, "assistant");
  },
};
