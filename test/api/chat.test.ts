import { sessionKeyOf } from "../../src/api/schemas/chat.ts";
import { chatAnswer } from "../../src/api/schemas/chatAnswer.ts";
import { AiBlockError } from "../../src/core/errors.ts";
import { eventsOf, jsonOf } from "./support/json.ts";
import { STATE_ROOT } from "./support/sampleData.ts";
import { withServer } from "./support/withServer.ts";

test("an answer in one piece names what computed it and fits its schema", () =>
  withServer({}, async ({ post }) => {
    const response = await post("/chat", { prompt: "hi", use_moe: true, top_k_experts: 2 });
    const body = await jsonOf(response);
    expect(response.status).toBe(200);
    expect(chatAnswer.parse(body)).toMatchObject({
      response: "Hello world",
      request_id: response.headers.get("x-request-id"),
      model: "tiny",
      state_root: STATE_ROOT,
      usage: { prompt_tokens: 7, completion_tokens: 3, cached_tokens: 2 },
      experts: [{ slot: "layer0.expert1", share: 0.75 }],
      cache: { hits: 3, loads: 1 },
    });
  }));

test("a stream is start, tokens, done; its tokens joined are the text; each tells its experts when asked", () =>
  withServer({}, async ({ post }) => {
    const response = await post("/chat", { prompt: "hi", stream: true, routing: true });
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("no-cache, no-transform");
    expect(response.headers.get("x-accel-buffering")).toBe("no");
    const events = await eventsOf(response);
    expect(events.map(({ event }) => event)).toEqual(["start", "token", "token", "token", "done"]);
    const id = { request_id: response.headers.get("x-request-id") };
    expect(events[0]!.data).toMatchObject({ ...id, model: "tiny", state_root: STATE_ROOT, prompt_tokens: 7 });
    expect(events[4]!.data).toMatchObject(id);
    expect(events.slice(1, 4).map(({ data }) => data.text)).toEqual(["Hel", "lo", " world"]);
    expect(events[1]!.data.tokens![0]!.routing).toEqual([{ layer: 0, experts: [1, 3], weights: [0.75, 0.25] }]);
    const { response: _response, ...facts } = await jsonOf(await post("/chat", { prompt: "hi" }));
    expect({ ...events[4]!.data, request_id: "" }).toEqual({ ...facts, request_id: "" });
  }));

test("every field reaches the engine under its own name", () =>
  withServer({}, async ({ post, node }) => {
    const sampling = {
      temperature: 0.5,
      top_p: 0.9,
      top_k: 40,
      min_p: 0.05,
      repetition_penalty: 1.1,
      frequency_penalty: -1,
      presence_penalty: 1,
      seed: 7,
    };
    const body = {
      messages: [
        { role: "system", content: "be brief" },
        { role: "user", content: "hi" },
      ],
      model: "tiny",
      use_moe: false,
      top_k_experts: 3,
      max_tokens: 5,
      stop: ["x", "y"],
      logit_bias: { 5: -100 },
      logprobs: true,
      top_logprobs: 2,
      routing: true,
      session: "s1",
      ...sampling,
    };
    expect((await post("/chat", body)).status).toBe(200);
    expect(node.chat.asked[0]).toEqual({
      input: { messages: body.messages },
      model: "tiny",
      useMoe: false,
      topKExperts: 3,
      maxTokens: 5,
      stop: ["x", "y"],
      routing: true,
      sessionKey: '["ip:127.0.0.1","s1"]',
      sampling: {
        temperature: 0.5,
        topP: 0.9,
        topK: 40,
        minP: 0.05,
        repetitionPenalty: 1.1,
        frequencyPenalty: -1,
        presencePenalty: 1,
        seed: 7,
        logitBias: new Map([[5, -100]]),
        topLogprobs: 2,
      },
    });
  }));

test("a prompt is a question to a model with a chat template, and stays as it is when raw; null is not given", () =>
  withServer({}, async ({ post, node }) => {
    await post("/chat", { prompt: "hi", temperature: null, stop: null });
    await post("/chat", { prompt: "hi", raw: true });
    expect(node.chat.asked.map(({ input }) => input)).toEqual([
      { messages: [{ role: "user", content: "hi" }] },
      { prompt: "hi" },
    ]);
    expect(node.chat.asked[0]).toEqual({ input: { messages: [{ role: "user", content: "hi" }] }, sampling: {} });
  }));

test("/chat/distributed streams typed events, with this node as the only hop", () =>
  withServer({}, async ({ post }) => {
    const events = await eventsOf(await post("/chat/distributed", { prompt: "hi", top_k_experts: 3 }));
    const names = ["queued", "route", "token", "token", "token", "hop", "usage", "done"];
    expect(events.map(({ event }) => event)).toEqual(names);
    expect(events[1]!.data.hops).toEqual([{ node_id: "self-node", layers: [0, 2] }]);
    const whole = await jsonOf(await post("/chat/distributed", { prompt: "hi", stream: false }));
    expect(chatAnswer.parse(whole).route).toEqual([{ node_id: "self-node", layers: [0, 2] }]);
  }));

test("mistakes are a status before the stream begins, and a last event after", () =>
  withServer({}, async ({ post, node }) => {
    node.chat.script = { refuse: new AiBlockError("context_length_exceeded", "too long", { limit: 512, count: 600 }) };
    const refused = await post("/chat", { prompt: "hi", stream: true });
    expect([refused.status, await jsonOf(refused)]).toEqual([
      400,
      {
        error: {
          message: "too long",
          type: "invalid_request_error",
          param: null,
          code: "context_length_exceeded",
          data: { limit: 512, count: 600 },
          request_id: refused.headers.get("x-request-id"),
        },
      },
    ]);
    node.chat.script = { pieces: ["a"], breakWith: new AiBlockError("non_finite_logits", "secret of the inside") };
    const events = await eventsOf(await post("/chat", { prompt: "hi", stream: true }));
    expect(events.map(({ event }) => event)).toEqual(["start", "token", "error"]);
    expect(events[2]!.data.error).toMatchObject({ code: "non_finite_logits", type: "server_error", param: null });
    node.chat.script = { pieces: ["a"], breakWith: new TypeError("x is not a function at /secret/path") };
    const [, , hidden] = await eventsOf(await post("/chat", { prompt: "hi", stream: true }));
    expect(JSON.stringify(hidden)).not.toContain("secret");
    expect(hidden!.data.error.code).toBe("internal");
  }));

test("an overloaded node says when to come back, and a node that is loading says so", () =>
  withServer({}, async ({ post, get, node }) => {
    node.chat.script = { refuse: new AiBlockError("overloaded", "full", { retryAfterMs: 2500 }) };
    const full = await post("/chat", { prompt: "hi" });
    expect([full.status, full.headers.get("retry-after"), full.headers.get("retry-after-ms")]).toEqual([
      503,
      "3",
      "2500",
    ]);
    node.chat.script = { refuse: new AiBlockError("layers_unavailable", "gap", { layers: [3] }) };
    const gap = await post("/chat", { prompt: "hi" });
    expect([gap.status, gap.headers.get("x-should-retry"), (await jsonOf(gap)).error.data]).toEqual([
      503,
      "false",
      { layers: [3] },
    ]);
    node.status = "loading";
    expect((await get("/health")).status).toBe(503);
    expect((await get("/live")).status).toBe(200);
  }));

test("no choice of names lets two callers share a conversation", () => {
  const parts = ["a", "a:b", "b", "b:c", ":", '"', '","', "a,b", "]", "\\", ""];
  const keys = parts.flatMap((caller) => parts.map((session) => sessionKeyOf(caller, session)));
  expect(new Set(keys).size).toBe(parts.length ** 2);
});
