import { RecentAnswers } from "../../src/api/answer/recentAnswers.ts";
import { LIMITS } from "../../src/api/limits.ts";
import { AiBlockError } from "../../src/core/errors.ts";
import { STATE_ROOT } from "./support/sampleData.ts";
import { until } from "./support/until.ts";
import { type TestServer, withServer } from "./support/withServer.ts";

const SECRET = "a question that nobody else may read";

async function recent({ get }: TestServer, query = ""): Promise<Record<string, unknown>[]> {
  const { items } = (await (await get(`/chat/recent${query}`)).json()) as { items: Record<string, unknown>[] };
  return items;
}

test("answers are listed newest first, however they ended, and without a word of what was asked or answered", () =>
  withServer({}, async (server) => {
    const { post, node } = server;
    expect(await recent(server)).toEqual([]);
    const asked = await post("/chat", { prompt: SECRET });
    node.chat.script = { pieces: ["a"], finishReason: "length" };
    await post("/v1/completions", { model: "tiny", prompt: [SECRET, "b"] });
    node.chat.script = { pieces: ["a"], breakWith: new AiBlockError("overloaded", "no memory") };
    await (await post("/v1/chat/completions", { model: "tiny", messages: [{ role: "user", content: SECRET }] })).text();
    // Refused before it began: no answer.
    await post("/chat", { prompt: SECRET, model: "unknown" });
    const items = await recent(server);
    expect(items.map(({ address, status, reason }) => [address, status, reason])).toEqual([
      ["/v1/chat/completions", "failed", "overloaded"],
      ["/v1/completions", "complete", "length"],
      ["/v1/completions", "complete", "length"],
      ["/chat", "complete", "stop"],
    ]);
    expect(items[3]).toMatchObject({
      request_id: asked.headers.get("x-request-id"),
      model: "tiny",
      state_root: STATE_ROOT,
      prompt_tokens: 7,
      completion_tokens: 3,
    });
    expect(Math.abs((items[3]!.time_ms as number) - Date.now())).toBeLessThan(60_000);
    expect(items[3]!.duration_ms).toBeGreaterThanOrEqual(items[3]!.first_token_ms as number);
    expect(JSON.stringify(items)).not.toMatch(/question|Hello|127\.0\.0\.1/);
    expect((await recent(server, "?limit=1")).map(({ status }) => status)).toEqual(["failed"]);
  }));

test("an answer whose client went away is stopped, with the tokens that there were", () =>
  withServer({}, async (server) => {
    const { post, node } = server;
    node.chat.script = { pieces: undefined, pauseMs: 5 };
    const controller = new AbortController();
    const response = await post("/chat", { prompt: "hi", stream: true }, { signal: controller.signal });
    const reader = response.body!.getReader();
    while (node.chat.pieces < 3) await reader.read();
    controller.abort();
    await until(() => node.chat.aborted === 1);
    const [item] = await recent(server);
    expect(item).toMatchObject({ address: "/chat", status: "stopped", reason: "client_gone" });
    expect(item!.completion_tokens).toBeGreaterThanOrEqual(2);
  }));

test("only so many are kept, whatever is asked for", () => {
  const answers = new RecentAnswers();
  const one = { address: "/chat", model: "m", stateRoot: STATE_ROOT, precision: "f32", status: "complete" } as const;
  const figures = { promptTokens: 1, completionTokens: 1, firstTokenMs: 1, durationMs: 1, tokensPerSecond: null };
  for (let i = 0; i < 1000; i++) answers.add({ ...one, ...figures, requestId: `${i}`, timeMs: i, reason: "stop" });
  const newest = answers.newest(1000);
  expect(newest).toHaveLength(LIMITS.recentAnswers);
  expect(newest.map(({ timeMs }) => timeMs)).toEqual(newest.map((_, i) => 999 - i));
  expect(answers.newest(1)).toHaveLength(1);
});
