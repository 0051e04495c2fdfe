import { openaiResponse } from "../../src/api/schemas/openaiResponse.ts";
import { manualClock } from "../../src/core/clock.ts";
import { AiBlockError } from "../../src/core/errors.ts";
import { eventsOf, jsonOf } from "./support/json.ts";
import { withServer } from "./support/withServer.ts";

const clock = manualClock(1_700_000_000_999);
const PATH = "/v1/responses";
const BODY = { model: "tiny", input: "hi" };
const USAGE = {
  input_tokens: 7,
  input_tokens_details: { cached_tokens: 2 },
  output_tokens: 1,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 8,
};

/** The request's id as it stands in the ids of responses. */
function idOf(response: Response): string {
  return response.headers.get("x-request-id")!.replace("req_", "");
}

test("a whole response has OpenAI's fields and no others, and says what the node really did", () =>
  withServer({ clock }, async ({ post }) => {
    const response = await post(PATH, { ...BODY, metadata: { trace: "a" }, instructions: "be brief", store: true });
    const body = openaiResponse.parse(await response.json());
    const id = idOf(response);
    expect(body).toMatchObject({
      id: `resp_${id}`,
      created_at: 1_700_000_000,
      status: "completed",
      incomplete_details: null,
      instructions: "be brief",
      store: false,
      temperature: 0.6,
      top_p: 0.9,
      usage: { ...USAGE, output_tokens: 3, total_tokens: 10 },
      metadata: { trace: "a" },
    });
    expect(body.output).toEqual([
      {
        id: `msg_${id}`,
        type: "message",
        status: "completed",
        role: "assistant",
        content: [{ type: "output_text", text: "Hello world", annotations: [], logprobs: [] }],
      },
    ]);
  }));

test("the stream is, in this order and numbered: announcements, deltas, what is done, the whole response; no [DONE]", () =>
  withServer({ clock }, async ({ post, node }) => {
    node.chat.script = { pieces: ["é"], finishReason: "length" };
    const response = await post(PATH, { ...BODY, stream: true });
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    const text = await response.clone().text();
    expect(text).not.toContain("[DONE]");
    const events = await eventsOf(response);
    for (const [i, { event, data }] of events.entries()) {
      expect(data).toMatchObject({ type: event, sequence_number: i });
    }
    const id = idOf(response);
    const place = { item_id: `msg_${id}`, output_index: 0, content_index: 0 };
    const part = { type: "output_text", text: "é", annotations: [], logprobs: [] };
    const item = { id: `msg_${id}`, type: "message", status: "incomplete", role: "assistant", content: [part] };
    const withoutHead = events.map(({ data: { sequence_number: _number, type, ...rest } }) => [type, rest]);
    const [created, inProgress, ...others] = withoutHead as unknown as [
      string,
      { response: Record<string, unknown> },
    ][];
    expect(created![0]).toBe("response.created");
    expect(created![1].response).toMatchObject({ id: `resp_${id}`, status: "in_progress", output: [], usage: null });
    expect(inProgress).toEqual(["response.in_progress", created![1]]);
    const last = others.pop()!;
    expect(others).toEqual([
      ["response.output_item.added", { output_index: 0, item: { ...item, status: "in_progress", content: [] } }],
      ["response.content_part.added", { ...place, part: { ...part, text: "" } }],
      ["response.output_text.delta", { ...place, delta: "é", logprobs: [] }],
      ["response.output_text.done", { ...place, text: "é", logprobs: [] }],
      ["response.content_part.done", { ...place, part }],
      ["response.output_item.done", { output_index: 0, item }],
    ]);
    expect(last[0]).toBe("response.incomplete");
    const whole = await jsonOf(await post(PATH, BODY));
    const final = { ...last[1].response, id: "", output: [] };
    expect(final).toEqual({ ...whole, id: "", output: [] });
    expect(last[1].response).toMatchObject({
      status: "incomplete",
      incomplete_details: { reason: "max_output_tokens" },
      output: [item],
      usage: USAGE,
    });
  }));

test("log probabilities come when include asks for them, the same in both modes", () =>
  withServer({}, async ({ post, node }) => {
    node.chat.script = { pieces: ["", "é", ""] };
    const asks = { ...BODY, include: ["message.output_text.logprobs"], top_logprobs: 1 };
    const whole = openaiResponse.parse(await (await post(PATH, asks)).json());
    const { logprobs } = whole.output[0]!.content[0]!;
    expect(logprobs.map(({ token, top_logprobs }) => [token, top_logprobs.length])).toEqual([
      ["", 1],
      ["é", 1],
      ["", 1],
    ]);
    const events = await eventsOf(await post(PATH, { ...asks, stream: true }));
    const deltas = events.filter(({ event }) => event === "response.output_text.delta");
    expect(deltas.map(({ data }) => data.logprobs)).toEqual([logprobs.slice(0, 2)]);
    const done = events.find(({ event }) => event === "response.output_text.done");
    expect(done!.data.logprobs).toEqual(logprobs);
    expect(node.chat.asked[0]!.sampling).toMatchObject({ topLogprobs: 1 });
    await post(PATH, { ...BODY, top_logprobs: 1 });
    expect(node.chat.asked.at(-1)!.sampling).toEqual({});
  }));

test("an error about the conversation names the field that it came in", () =>
  withServer({}, async ({ post, node }) => {
    const data = { parameter: "messages", limit: 8, count: 9 };
    const refuse = new AiBlockError("context_length_exceeded", "messages: expected fewer than 8 tokens, got 9", data);
    node.chat.script = { pieces: [], refuse };
    const response = await post(PATH, BODY);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { code: "context_length_exceeded", param: "input", message: "input: expected fewer than 8 tokens, got 9" },
    });
  }));

test("a failure after the beginning is one numbered error event, with its fields where clients look for them", () =>
  withServer({}, async ({ post, node }) => {
    node.chat.script = { pieces: ["a"], breakWith: new AiBlockError("overloaded", "no memory") };
    const events = await eventsOf(await post(PATH, { ...BODY, stream: true }));
    expect(events.at(-1)).toMatchObject({
      event: "error",
      data: {
        type: "error",
        sequence_number: events.length - 1,
        code: "overloaded",
        message: "no memory",
        param: null,
        error: { code: "overloaded", message: "no memory", type: "server_error", param: null },
      },
    });
  }));

/** What clients send, and what the engine is asked for then. */
const TAKEN: readonly [string, object, object][] = [
  ["a text", { input: "hi" }, { input: { messages: [{ role: "user", content: "hi" }] } }],
  [
    "instructions come first; developer is system; parts are joined by lines; items of an answer come back",
    {
      instructions: "be brief",
      input: [
        { role: "developer", content: "x" },
        {
          role: "user",
          content: [
            { type: "input_text", text: "a" },
            { type: "input_text", text: "b" },
          ],
        },
        {
          id: "msg_1",
          type: "message",
          status: "completed",
          role: "assistant",
          content: [{ type: "output_text", text: "c", annotations: [], logprobs: [] }],
        },
      ],
    },
    {
      input: {
        messages: [
          { role: "system", content: "be brief" },
          { role: "system", content: "x" },
          { role: "user", content: "a\nb" },
          { role: "assistant", content: "c" },
        ],
      },
    },
  ],
  ["most tokens", { max_output_tokens: 32_000 }, { maxTokens: 32_000 }],
  ["sampling", { temperature: 0, top_p: 0.5, seed: 7 }, { sampling: { temperature: 0, topP: 0.5, seed: 7 } }],
  ["a conversation's key", { prompt_cache_key: "k" }, { sessionKey: '["ip:127.0.0.1","k"]' }],
  [
    "what the node does not need",
    {
      include: ["reasoning.encrypted_content"],
      parallel_tool_calls: true,
      reasoning: { effort: "low" },
      service_tier: "auto",
      something_new: {},
      store: true,
      stream_options: { include_obfuscation: false },
      text: { format: { type: "text" }, verbosity: "low" },
      truncation: "disabled",
      user: "u",
    },
    { sampling: {} },
  ],
  [
    "null in every field that may be absent",
    { background: null, conversation: null, instructions: null, previous_response_id: null, text: null, tools: null },
    { input: { messages: [{ role: "user", content: "hi" }] } },
  ],
];

test.each(TAKEN)("%s", (_name, fields, asked) =>
  withServer({}, async ({ post, node }) => {
    const response = await post(PATH, { ...BODY, ...fields });
    expect([response.status, response.headers.get("x-moe-ignored")]).toEqual([200, null]);
    expect(node.chat.asked[0]).toMatchObject(asked);
  }),
);

test("tools are taken and ignored, and a header says so", () =>
  withServer({}, async ({ post }) => {
    const tools = [{ type: "function", name: "f", parameters: {} }];
    const response = await post(PATH, { ...BODY, tools, tool_choice: "auto" });
    expect([response.status, response.headers.get("x-moe-ignored")]).toEqual([200, "tools"]);
  }));

test.each<[string, object, string, string]>([
  ["no input", { input: undefined }, "missing_required_parameter", "input"],
  ["an empty list", { input: [] }, "invalid_value", "input"],
  [
    "an image",
    { input: [{ role: "user", content: [{ type: "input_image" }] }] },
    "unsupported_content",
    "input[0].content[0].type",
  ],
  ["a call of a tool", { input: [{ type: "function_call", name: "f" }] }, "unsupported_content", "input[0].type"],
  ["a reference", { input: [{ type: "item_reference", id: "msg_1" }] }, "unsupported_content", "input[0].type"],
  ["an unknown role", { input: [{ role: "x", content: "a" }] }, "invalid_value", "input[0].role"],
  ["an earlier response", { previous_response_id: "resp_1" }, "unsupported_value", "previous_response_id"],
  ["a kept conversation", { conversation: "conv_1" }, "unsupported_value", "conversation"],
  ["work in the background", { background: true }, "unsupported_value", "background"],
  ["JSON", { text: { format: { type: "json_object" } } }, "unsupported_value", "text.format"],
  ["cutting off", { truncation: "auto" }, "unsupported_value", "truncation"],
  ["a tool that has to be used", { tool_choice: "required" }, "unsupported_value", "tool_choice"],
  ["too much randomness", { temperature: 3 }, "invalid_value", "temperature"],
  ["no tokens", { max_output_tokens: 0 }, "invalid_value", "max_output_tokens"],
  [
    "too many pairs",
    { metadata: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`k${i}`, ""])) },
    "invalid_value",
    "metadata",
  ],
])("%s is a 400 that names the field", (_name, fields, code, param) =>
  withServer({}, async ({ post, node }) => {
    const response = await post(PATH, { ...BODY, ...fields });
    const { error } = await jsonOf(response);
    expect([response.status, error.code, error.param]).toEqual([400, code, param]);
    expect(error.message).toMatch(/: expected .*, got /);
    expect(node.chat.asked).toEqual([]);
  }),
);
