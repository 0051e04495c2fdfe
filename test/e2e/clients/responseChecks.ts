/** What the npm package `openai` has to get out of `/v1/responses`. Each check throws when something is wrong. */
import OpenAI, { BadRequestError, NotFoundError } from "openai";
import type { ResponseInput, ResponseStreamEvent } from "openai/resources/responses/responses";
import { type Check, equal, truthy } from "./check.ts";

const client = (baseURL: string): OpenAI => new OpenAI({ baseURL, apiKey: "any", maxRetries: 0 });
const greedy = (model: string) => ({ model, input: "hello", temperature: 0, max_output_tokens: 12, store: false });
const thrownBy = (promise: Promise<unknown>): Promise<unknown> => promise.catch((thrown: unknown) => thrown);

export const RESPONSE_CHECKS: Readonly<Record<string, Check>> = {
  "openai: responses.create": async ({ base, model, text }) => {
    const response = await client(base).responses.create(greedy(model));
    equal("object", response.object, "response");
    truthy("id", response.id.startsWith("resp_"));
    equal("model", response.model, model);
    equal("created", Math.abs(response.created_at - Date.now() / 1000) < 600, true);
    equal("output_text", response.output_text, text);
    equal("status", response.status, "incomplete");
    equal("why", response.incomplete_details?.reason, "max_output_tokens");
    equal("kinds", [response.output.length, response.output[0]?.type], [1, "message"]);
    equal("output tokens", response.usage?.output_tokens, 12);
    equal("sum", response.usage!.input_tokens + response.usage!.output_tokens, response.usage!.total_tokens);
    truthy("request id", /^req_/.test(response._request_id ?? ""));
  },
  "openai: responses of a conversation are those of the chat": async ({ base, model, text }) => {
    const hello = { role: "user", content: "hello" } as const;
    const input: ResponseInput = [
      { role: "developer", content: "Be brief." },
      { role: "user", content: [{ type: "input_text", text: "hello" }] },
    ];
    const whole = await client(base).responses.create({
      ...greedy(model),
      input,
      max_output_tokens: 6,
    });
    const chat = await client(base).chat.completions.create({
      model,
      messages: [{ role: "system", content: "Be brief." }, hello],
      temperature: 0,
      max_tokens: 6,
    });
    const same = chat.choices[0]?.message.content ?? "";
    equal("text", whole.output_text, same);
    const next = await client(base).responses.create({
      ...greedy(model),
      instructions: "Be brief.",
      // An item of an answer goes back as it came.
      input: [hello, ...(whole.output as ResponseInput), { role: "user", content: "and now?" }],
    });
    equal("instructions", next.instructions, "Be brief.");
    truthy("a second turn", next.output_text !== text && next.usage!.input_tokens > whole.usage!.input_tokens);
  },
  "openai: responses stream": async ({ base, model, text }) => {
    const events: ResponseStreamEvent[] = await Array.fromAsync(
      await client(base).responses.create({ ...greedy(model), stream: true }),
    );
    equal(
      "numbers",
      events.map(({ sequence_number }) => sequence_number),
      events.map((_, i) => i),
    );
    const types = events.map(({ type }) => type).filter((type) => type !== "response.output_text.delta");
    equal("order", types, [
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.content_part.added",
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.incomplete",
    ]);
    const deltas = events.flatMap((event) => (event.type === "response.output_text.delta" ? [event.delta] : []));
    truthy("several deltas", deltas.length > 3);
    equal("text", deltas.join(""), text);
    const last = events.at(-1);
    truthy(
      "the last one has it all",
      last?.type === "response.incomplete" && last.response.usage?.output_tokens === 12,
    );
  },
  "openai: responses.stream() helper": async ({ base, model, text }) => {
    const stop = text.slice(4, 7);
    const stream = client(base).responses.stream({ ...greedy(model), stop: [stop] } as ReturnType<typeof greedy>);
    let heard = "";
    stream.on("response.output_text.delta", ({ delta }) => {
      heard += delta;
    });
    const final = await stream.finalResponse();
    const before = text.slice(0, text.indexOf(stop));
    equal("deltas", heard, before);
    equal("output_text", final.output_text, before);
    equal("status", final.status, "completed");
    equal("one id", final.output.length, 1);
  },
  "openai: log probabilities of responses": async ({ base, model }) => {
    const asks = { ...greedy(model), top_logprobs: 2, include: ["message.output_text.logprobs" as const] };
    const [message] = (await client(base).responses.create(asks)).output;
    const [part] = message?.type === "message" ? message.content : [];
    const logprobs = part?.type === "output_text" ? (part.logprobs ?? []) : [];
    equal("tokens", logprobs.length, 12);
    truthy(
      "alternatives",
      logprobs.every(({ logprob, top_logprobs }) => logprob <= 0 && top_logprobs.length === 2),
    );
  },
  "openai: errors of responses": async ({ base, model }) => {
    const { responses } = client(base);
    const missing = await thrownBy(responses.create(greedy("gpt-unknown")));
    truthy("404", missing instanceof NotFoundError && missing.code === "model_not_found");
    const kept = await thrownBy(responses.create({ ...greedy(model), previous_response_id: "resp_1" }));
    truthy("nothing is kept", kept instanceof BadRequestError);
    equal("param", (kept as BadRequestError).param, "previous_response_id");
    const long = await thrownBy(responses.create({ ...greedy(model), input: "word ".repeat(4000) }));
    equal("too long", (long as BadRequestError).code, "context_length_exceeded");
  },
};
