import { manualClock } from "../../src/core/clock.ts";
import { AiBlockError } from "../../src/core/errors.ts";
import { jsonOf } from "./support/json.ts";
import { requestText, sendRaw } from "./support/raw.ts";
import { STATE_ROOT } from "./support/sampleData.ts";
import { withServer } from "./support/withServer.ts";

const clock = manualClock(1_700_000_000_999);
const BODY = { model: "tiny", messages: [{ role: "user", content: "hi" }], stream: true };
const FINGERPRINT = `fp_${STATE_ROOT.slice(0, 12)}_f32`;

function chunk(choices: string, usage = ""): string {
  return (
    `data: {"id":"chatcmpl-request1","object":"chat.completion.chunk","created":1700000000,"model":"tiny",` +
    `"system_fingerprint":"${FINGERPRINT}","choices":[${choices}]${usage}}\n\n`
  );
}

/** The text, with `request1` for the id that the header has too. */
async function textOf(response: Response): Promise<string> {
  const id = response.headers.get("x-request-id")!.replace("req_", "");
  return (await response.text()).replaceAll(`cmpl-${id}`, "cmpl-request1");
}

const choice = (delta: string, finish = "null", logprobs = "null"): string =>
  `{"index":0,"delta":${delta},"logprobs":${logprobs},"finish_reason":${finish}}`;

test("the stream is, byte for byte: role, texts, finish reason alone, [DONE]; no usage key", () =>
  withServer({ clock }, async ({ post }) => {
    const response = await post("/v1/chat/completions", BODY);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("no-cache, no-transform");
    expect(response.headers.get("x-accel-buffering")).toBe("no");
    expect(response.headers.get("content-encoding")).toBeNull();
    expect(response.headers.get("x-request-id")).toMatch(/^req_[0-9a-f]{32}$/);
    expect(await textOf(response)).toBe(
      chunk(choice('{"role":"assistant","content":""}')) +
        chunk(choice('{"content":"Hel"}')) +
        chunk(choice('{"content":"lo"}')) +
        chunk(choice('{"content":" world"}')) +
        chunk(choice("{}", '"stop"')) +
        "data: [DONE]\n\n",
    );
  }));

test("a client of HTTP/1.0, which knows no chunks, gets the same events without them", () =>
  withServer({ clock }, async ({ port, node, post }) => {
    node.chat.script = { pieces: ["é", "x".repeat(40_000), " end"] };
    const expected = await textOf(await post("/v1/chat/completions", BODY));
    const type = { "Content-Type": "application/json" };
    const request = requestText("POST", "/v1/chat/completions", type, JSON.stringify(BODY));
    const { head, body } = await sendRaw(port, request.replace("HTTP/1.1", "HTTP/1.0"));
    expect(head).not.toMatch(/transfer-encoding/i);
    expect(body.replaceAll(/chatcmpl-[0-9a-f]{32}/g, "chatcmpl-request1")).toBe(expected);
  }));

test("with include_usage the key is null in every chunk but the last, which has no choices", () =>
  withServer({ clock }, async ({ post, node }) => {
    node.chat.script = { pieces: ["a"], finishReason: "length" };
    const response = await post("/v1/chat/completions", { ...BODY, stream_options: { include_usage: true } });
    const usage =
      ',"usage":{"prompt_tokens":7,"completion_tokens":1,"total_tokens":8,"prompt_tokens_details":{"cached_tokens":2}}';
    expect(await textOf(response)).toBe(
      chunk(choice('{"role":"assistant","content":""}'), ',"usage":null') +
        chunk(choice('{"content":"a"}'), ',"usage":null') +
        chunk(choice("{}", '"length"'), ',"usage":null') +
        chunk("", usage) +
        "data: [DONE]\n\n",
    );
  }));

test("log probabilities come in both modes, and a token without text of its own goes with the next text", () =>
  withServer({ clock }, async ({ post, node }) => {
    node.chat.script = { pieces: ["", "é"] };
    const asks = { logprobs: true, top_logprobs: 1 };
    const streamed = await textOf(await post("/v1/chat/completions", { ...BODY, ...asks }));
    const entry = (text: string, id: number): string => {
      const bytes = JSON.stringify([...Buffer.from(text)]);
      return `{"token":"${text}","logprob":-0.25,"bytes":${bytes},"top_logprobs":[{"token":"${text}","logprob":-0.25,"bytes":${bytes}}]}${id === 0 ? "," : ""}`;
    };
    const content = `{"content":[${entry("", 0)}${entry("é", 1)}],"refusal":null}`;
    expect(streamed).toBe(
      chunk(choice('{"role":"assistant","content":""}')) +
        chunk(choice('{"content":"é"}', "null", content)) +
        chunk(choice("{}", '"stop"')) +
        "data: [DONE]\n\n",
    );
    const whole = await jsonOf(await post("/v1/chat/completions", { ...BODY, ...asks, stream: false }));
    expect(whole.choices[0]!.logprobs).toEqual(JSON.parse(content));
  }));

test("a failure after the beginning is one error object, and no [DONE]", () =>
  withServer({ clock }, async ({ post, node }) => {
    node.chat.script = { pieces: ["a"], breakWith: new AiBlockError("overloaded", "no memory") };
    const response = await post("/v1/chat/completions", BODY);
    const id = response.headers.get("x-request-id");
    expect(await textOf(response)).toBe(
      chunk(choice('{"role":"assistant","content":""}')) +
        chunk(choice('{"content":"a"}')) +
        `data: {"error":{"message":"no memory","type":"server_error","param":null,"code":"overloaded","request_id":"${id}"}}\n\n`,
    );
  }));

test("the completions of several raw prompts stream one after the other", () =>
  withServer({ clock }, async ({ post, node }) => {
    node.chat.script = { pieces: ["a"] };
    const body = { model: "tiny", prompt: ["x", "y"], stream: true };
    const response = await post("/v1/completions", body);
    const line = (index: number, text: string, finish: string): string =>
      `data: {"id":"cmpl-request1","object":"text_completion","created":1700000000,"model":"tiny","system_fingerprint":"${FINGERPRINT}",` +
      `"choices":[{"text":"${text}","index":${index},"logprobs":null,"finish_reason":${finish}}]}\n\n`;
    expect(await textOf(response)).toBe(
      `${line(0, "a", "null")}${line(0, "", '"stop"')}${line(1, "a", "null")}${line(1, "", '"stop"')}data: [DONE]\n\n`,
    );
    expect(node.chat.asked.map(({ input }) => input)).toEqual([{ prompt: "x" }, { prompt: "y" }]);
    const whole = await jsonOf(await post("/v1/completions", { ...body, stream: false }));
    expect(whole).toMatchObject({
      object: "text_completion",
      choices: [
        { text: "a", index: 0, finish_reason: "stop" },
        { text: "a", index: 1, finish_reason: "stop" },
      ],
      usage: { prompt_tokens: 14, completion_tokens: 2, total_tokens: 16 },
    });
  }));
