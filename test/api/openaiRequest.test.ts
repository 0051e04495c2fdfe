import { chatCompletionAnswer } from "../../src/api/schemas/openai.ts";
import { jsonOf } from "./support/json.ts";
import { withServer } from "./support/withServer.ts";

const MESSAGES = [{ role: "user", content: "hi" }];
const BODY = { model: "tiny", messages: MESSAGES };
const PATH = "/v1/chat/completions";

test("an answer in one piece has OpenAI's fields and no others", () =>
  withServer({}, async ({ post }) => {
    const body = await jsonOf(await post(PATH, BODY));
    expect(chatCompletionAnswer.parse(body).choices).toEqual([
      {
        index: 0,
        message: { role: "assistant", content: "Hello world", refusal: null },
        logprobs: null,
        finish_reason: "stop",
      },
    ]);
    expect(Math.abs(Number(body.created) - Date.now() / 1000)).toBeLessThan(60);
  }));

/** What clients send, and what the engine is asked for then. */
const TAKEN: readonly [string, object, object][] = [
  [
    "developer is system",
    { messages: [{ role: "developer", content: "x" }] },
    { input: { messages: [{ role: "system", content: "x" }] } },
  ],
  [
    "text parts are joined by lines",
    {
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "a" },
            { type: "text", text: "b" },
          ],
        },
      ],
    },
    { input: { messages: [{ role: "user", content: "a\nb" }] } },
  ],
  [
    "an assistant without content, as after tool calls",
    {
      messages: [
        ...MESSAGES,
        { role: "assistant", content: null, tool_calls: [{ id: "1" }] },
        { role: "tool", content: "4", tool_call_id: "1" },
      ],
    },
    { input: { messages: [...MESSAGES, { role: "assistant", content: "" }, { role: "tool", content: "4" }] } },
  ],
  ["max_completion_tokens wins", { max_tokens: 5, max_completion_tokens: 9 }, { maxTokens: 9 }],
  ["max_tokens of coding clients", { max_tokens: 32_000 }, { maxTokens: 32_000 }],
  ["one stop text", { stop: "x" }, { stop: ["x"] }],
  ["four stop texts", { stop: ["a", "b", "c", "d"] }, { stop: ["a", "b", "c", "d"] }],
  ["temperature 0", { temperature: 0 }, { sampling: { temperature: 0 } }],
  ["a large seed", { seed: -(2 ** 62) }, { sampling: { seed: -(2 ** 62) } }],
  [
    "penalties",
    { frequency_penalty: -2, presence_penalty: 2 },
    { sampling: { frequencyPenalty: -2, presencePenalty: 2 } },
  ],
  ["a bias", { logit_bias: { "50256": -100 } }, { sampling: { logitBias: new Map([[50256, -100]]) } }],
  ["log probabilities", { logprobs: true }, { sampling: { topLogprobs: 0 } }],
  ["alternatives", { logprobs: true, top_logprobs: 20 }, { sampling: { topLogprobs: 20 } }],
  ["a conversation's key", { prompt_cache_key: "k" }, { sessionKey: '["ip:127.0.0.1","k"]' }],
];

test.each(TAKEN)("%s", (_name, fields, asked) =>
  withServer({}, async ({ post, node }) => {
    const response = await post(PATH, { ...BODY, ...fields });
    expect([response.status, await response.text()]).toEqual([200, expect.any(String)]);
    expect(node.chat.asked[0]).toMatchObject(asked);
  }),
);

test("-1 as the most tokens means the rest of the context", () =>
  withServer({}, async ({ post, node }) => {
    expect((await post(PATH, { ...BODY, max_tokens: -1 })).status).toBe(200);
    expect(node.chat.asked[0]!.maxTokens).toBeUndefined();
  }));

const NULLED = [
  "stream",
  "stream_options",
  "temperature",
  "top_p",
  "stop",
  "seed",
  "n",
  "logit_bias",
  "logprobs",
  "tools",
];
const NULLED_TOO = ["max_tokens", "max_completion_tokens", "response_format", "tool_choice", "top_logprobs", "user"];

test("null in any optional field is the same as no field", () =>
  withServer({}, async ({ post, node }) => {
    const nulls = Object.fromEntries([...NULLED, ...NULLED_TOO].map((name) => [name, null]));
    expect((await post(PATH, { ...BODY, ...nulls, stream_options: { include_usage: null } })).status).toBe(200);
    expect(node.chat.asked[0]).toEqual({ model: "tiny", input: { messages: MESSAGES }, sampling: {} });
  }));

test("fields that OpenAI has and this node does not need are taken and ignored, and so are unknown ones", () =>
  withServer({}, async ({ post }) => {
    const ignored = {
      user: "u",
      safety_identifier: "s",
      metadata: { a: "b" },
      store: true,
      service_tier: "auto",
      parallel_tool_calls: false,
      reasoning_effort: "low",
      verbosity: "low",
      prediction: { type: "content", content: "x" },
      modalities: ["text"],
      response_format: { type: "text" },
      stream_options: { include_obfuscation: true },
      something_new: [1, { deep: true }],
      n: 1,
    };
    const response = await post(PATH, { ...BODY, ...ignored });
    expect(response.status).toBe(200);
    expect(response.headers.get("x-moe-ignored")).toBeNull();
    const tools = await post(PATH, {
      ...BODY,
      tools: [{ type: "function", function: { name: "f" } }],
      tool_choice: "auto",
    });
    expect([tools.status, tools.headers.get("x-moe-ignored")]).toEqual([200, "tools"]);
  }));

const REFUSED: readonly [string, object, number, string, string | null][] = [
  ["no model", { model: undefined }, 400, "missing_required_parameter", "model"],
  ["an unknown model", { model: "gpt-5" }, 404, "model_not_found", null],
  ["no messages", { messages: undefined }, 400, "missing_required_parameter", "messages"],
  ["an empty conversation", { messages: [] }, 400, "invalid_value", "messages"],
  ["an unknown role", { messages: [{ role: "boss", content: "x" }] }, 400, "invalid_value", "messages[0].role"],
  [
    "an image",
    { messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "x" } }] }] },
    400,
    "unsupported_content",
    "messages[0].content[0].type",
  ],
  ["a number as content", { messages: [{ role: "user", content: 5 }] }, 400, "invalid_value", "messages[0].content"],
  ["several answers", { n: 2 }, 400, "unsupported_value", "n"],
  ["JSON mode", { response_format: { type: "json_object" } }, 400, "unsupported_value", "response_format"],
  ["a required tool", { tool_choice: "required" }, 400, "unsupported_value", "tool_choice"],
  ["audio", { modalities: ["text", "audio"] }, 400, "unsupported_value", "modalities"],
  ["a hot temperature", { temperature: 2.1 }, 400, "invalid_value", "temperature"],
  ["five stop texts", { stop: ["a", "b", "c", "d", "e"] }, 400, "invalid_value", "stop"],
  ["alternatives alone", { top_logprobs: 3 }, 400, "invalid_value", "top_logprobs"],
  ["a bias out of range", { logit_bias: { 5: 101 } }, 400, "invalid_value", "logit_bias"],
  ["a text as a number", { max_tokens: "5" }, 400, "invalid_value", "max_tokens"],
];

test.each(REFUSED)(
  "%s is refused with the field's name, before anything is generated",
  (_name, fields, status, code, param) =>
    withServer({}, async ({ post, node }) => {
      const response = await post(PATH, { ...BODY, ...fields });
      const { error } = await jsonOf(response);
      expect([response.status, error.code, error.param, error.type]).toEqual([
        status,
        code,
        param,
        "invalid_request_error",
      ]);
      expect(node.chat.begun).toBe(0);
    }),
);

test("models are listed with OpenAI's four fields, one by one too, and ids may be percent-encoded", () =>
  withServer({}, async ({ get }) => {
    const list = await jsonOf(await get("/v1/models"));
    expect(list.object).toBe("list");
    expect(list.data[0]!).toMatchObject({ id: "tiny", object: "model", created: 1_700_000_000, owned_by: "ai-block" });
    for (const path of ["/v1/models/tiny", "/v1/models/t%69ny", "/v1/models/tiny/", "//v1//models/tiny"]) {
      expect(await jsonOf(await get(path))).toEqual(list.data[0]!);
    }
    const missing = await get("/v1/models/gpt%2F5");
    expect([missing.status, (await jsonOf(missing)).error]).toMatchObject([
      404,
      { code: "model_not_found", param: "model" },
    ]);
  }));

test.each(["/models", "/chat/completions", "/v1/v1/models", "/v1/v1/chat/completions", "/completions"])(
  "%s says what the base URL should be",
  (path) =>
    withServer({}, async ({ get, post }) => {
      for (const response of [await get(path), await post(path, {})]) {
        expect([response.status, (await jsonOf(response)).error.message]).toEqual([
          404,
          expect.stringContaining("/v1"),
        ]);
      }
    }),
);

test.each(["/v1/embeddings", "/v1/audio/speech", "/v1/images/generations"])(
  "%s, which is not there, is a 404 in the one shape of errors",
  (path) =>
    withServer({}, async ({ post }) => {
      const response = await post(path, {});
      const { error } = await jsonOf(response);
      expect(response.status).toBe(404);
      expect(Object.keys(error).slice(0, 4)).toEqual(["message", "type", "param", "code"]);
    }),
);
