import { AiBlockError } from "../../src/core/errors.ts";
import { eventsOf } from "./support/json.ts";
import type { Script } from "./support/scriptedChat.ts";
import { withServer } from "./support/withServer.ts";

const PROGRESS: NonNullable<Script["progress"]> = [
  { stage: "queue", ahead: 2 },
  { stage: "queue", ahead: 0 },
  { stage: "prompt", tokens: 256, total: 700 },
];
const ASKS = { prompt: "hi", stream: true, progress: true };

test("a stream that asks for it tells what happens before the first token, between start and the first text", () =>
  withServer({}, async ({ post, node }) => {
    node.chat.script = { pieces: ["a", "b"], progress: PROGRESS, pauseMs: 5 };
    const events = await eventsOf(await post("/chat", ASKS));
    expect(events.map(({ event }) => event)).toEqual([
      "start",
      "progress",
      "progress",
      "progress",
      "token",
      "token",
      "done",
    ]);
    expect(events.slice(1, 4).map(({ data }) => data)).toEqual(PROGRESS);
    const names = (await eventsOf(await post("/chat/distributed", ASKS))).map(({ event }) => event);
    expect(names.slice(0, 6)).toEqual(["queued", "route", "progress", "progress", "progress", "token"]);
  }));

test("nobody gets it unasked, and never under /v1, whose clients take no events of other kinds", () =>
  withServer({}, async ({ post, node }) => {
    node.chat.script = { pieces: ["a"], progress: PROGRESS };
    expect(await (await post("/chat", { ...ASKS, progress: false })).text()).not.toContain("event: progress");
    expect(await (await post("/chat", { ...ASKS, stream: false })).json()).toMatchObject({ response: "a" });
    const body = { model: "tiny", messages: [{ role: "user", content: "hi" }], stream: true, progress: true };
    const stream = await (await post("/v1/chat/completions", body)).text();
    expect(stream).not.toMatch(/event:|ahead/);
  }));

test("reports that come faster than they can be sent are left out; the newest one stands, and none comes after text", () =>
  withServer({}, async ({ post, node }) => {
    const many = Array.from({ length: 5000 }, (_, i) => ({ stage: "queue", ahead: 5000 - i }) as const);
    node.chat.script = { pieces: ["a"], progress: many };
    const events = await eventsOf(await post("/chat", ASKS));
    const aheads = events.filter(({ event }) => event === "progress").map(({ data }) => Number(data.ahead));
    expect(aheads[0]).toBe(5000);
    expect(aheads).toEqual(aheads.toSorted((a, b) => b - a));
    expect(events.slice(-2).map(({ event }) => event)).toEqual(["token", "done"]);
  }));

test("an error before the first token comes after what was told, and ends the stream", () =>
  withServer({}, async ({ post, node }) => {
    node.chat.script = { pieces: [], progress: PROGRESS, breakWith: new AiBlockError("overloaded", "no memory") };
    const events = await eventsOf(await post("/chat", ASKS));
    expect(events[1]!.event).toBe("progress");
    expect(events.at(-1)).toMatchObject({ event: "error", data: { error: { code: "overloaded" } } });
  }));

test("an engine that has to be loaded is told before the start; what fails then is an error event, or a status for others", () =>
  withServer({}, async ({ post, node }) => {
    const preparing = [{ stage: "loading" }] as const;
    node.chat.script = { pieces: ["a"], preparing, pauseMs: 5 };
    const events = await eventsOf(await post("/chat", ASKS));
    expect(events.map(({ event }) => event)).toEqual(["progress", "start", "token", "done"]);
    expect(events[0]!.data).toEqual({ stage: "loading" });
    const distributed = await eventsOf(await post("/chat/distributed", ASKS));
    expect(distributed.slice(0, 3).map(({ event }) => event)).toEqual(["progress", "queued", "route"]);
    node.chat.script = { pieces: [], preparing, pauseMs: 5, refuse: new AiBlockError("overloaded", "no room") };
    const begun = await post("/chat", ASKS);
    expect(begun.status).toBe(200);
    expect(await eventsOf(begun)).toMatchObject([
      { event: "progress" },
      { event: "error", data: { error: { code: "overloaded" } } },
    ]);
    expect((await post("/chat", { ...ASKS, progress: false })).status).toBe(503);
  }));
