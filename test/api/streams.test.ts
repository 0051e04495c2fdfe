import { openSocket } from "../../scripts/torture/http/rawClient.ts";
import { apiError } from "../../src/api/errors/apiError.ts";
import { closedAfter, requestText } from "./support/raw.ts";
import { until } from "./support/until.ts";
import { withServer } from "./support/withServer.ts";

const STREAM = { prompt: "hi", stream: true };
const JSON_TYPE = { "Content-Type": "application/json" };

test("a client that leaves stops the engine within a step, streaming or not, on every address that generates", () =>
  withServer({}, async ({ post, node }) => {
    const v1 = { model: "tiny", messages: [{ role: "user", content: "hi" }] };
    const asks: [string, object][] = [
      ["/chat", { prompt: "hi" }],
      ["/chat", STREAM],
      ["/chat/distributed", { prompt: "hi" }],
      ["/v1/chat/completions", v1],
      ["/v1/chat/completions", { ...v1, stream: true }],
      ["/v1/completions", { model: "tiny", prompt: ["a", "b"] }],
      ["/v1/completions", { model: "tiny", prompt: ["a", "b"], stream: true }],
    ];
    for (const [path, body] of asks) {
      const controller = new AbortController();
      const before = node.chat.pieces;
      // After two pieces a step that would take ten minutes: it has to be left in the middle.
      node.chat.script = {
        pieces: undefined,
        get pauseMs() {
          return node.chat.pieces < before + 2 ? 1 : 600_000;
        },
      };
      const response = post(path, body, { signal: controller.signal });
      response.then((each) => each.text()).catch(() => undefined);
      await until(() => node.chat.pieces === before + 2);
      controller.abort();
      await until(() => node.chat.running === 0);
      expect([path, node.chat.pieces - before]).toEqual([path, 2]);
    }
    expect(node.chat.aborted).toBe(asks.length);
  }));

test("200 clients that leave at any time leave nothing behind: no generation, no place, no reservation", () =>
  withServer({ rateLimits: { streams: 50 } }, async ({ post, node, get }) => {
    node.chat.script = { pieces: undefined, pauseMs: 1 };
    for (let round = 0; round < 10; round++) {
      await Promise.all(
        Array.from({ length: 20 }, async (_, i) => {
          const controller = new AbortController();
          const asked = post("/chat", STREAM, { signal: controller.signal });
          // Some leave before the headers, some while they read.
          if (i % 4 === 0) setTimeout(() => controller.abort(), i);
          await asked
            .then(async ({ body }) => {
              const reader = body!.getReader();
              await reader.read();
              controller.abort();
            })
            .catch(() => undefined);
        }),
      );
    }
    await until(() => node.chat.running === 0);
    expect(node.chat.begun).toBeGreaterThan(100);
    expect(node.chat.released).toBe(node.chat.asked.length);
    expect(await (await get("/metrics")).text()).toMatch(/^moe_streams_open 0$/m);
  }));

test("a client that never reads holds up its own generation only, and is cut off with everything released", () =>
  withServer({}, async ({ port, node, get }) => {
    node.chat.script = { pieces: undefined };
    const rss = process.memoryUsage().rss;
    const sockets = await Promise.all(Array.from({ length: 10 }, () => openSocket(port)));
    const closed = sockets.map(closedAfter);
    for (const socket of sockets) {
      socket.pause();
      socket.write(requestText("POST", "/chat", JSON_TYPE, JSON.stringify(STREAM)));
    }
    await until(() => node.chat.running === 10);
    let before = -1;
    // Once the kernel's buffers are full nothing more is generated, however often the generations get their turn.
    while (before !== node.chat.pieces) {
      before = node.chat.pieces;
      for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect((await get("/live")).status).toBe(200);
    expect(process.memoryUsage().rss - rss).toBeLessThan(200 * 1024 * 1024);
    await until(() => node.chat.running === 0);
    expect(node.chat.pieces).toBe(before);
    for (const socket of sockets) socket.resume();
    await Promise.all(closed);
    expect(node.chat.aborted).toBe(10);
  }));

test("a quiet stream is kept awake by comments, which are no events", () =>
  withServer({}, async ({ post, node }) => {
    node.chat.script = { pieces: ["a"], pauseMs: 11_000 };
    const text = await (
      await post("/v1/chat/completions", { model: "tiny", messages: [{ role: "user", content: "x" }], stream: true })
    ).text();
    expect(text.match(/^: keep-alive$/gm)).toHaveLength(1);
    expect(text.split("\n\n").filter((each) => each !== "" && !/^(data: |: keep-alive)/.test(each))).toEqual([]);
    expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
  }));

test("closing lets short answers finish, ends long ones with an error, and takes no new ones", () =>
  withServer({}, async ({ post, node, close, url }) => {
    node.chat.script = { pieces: undefined, pauseMs: 20 };
    const long = await Promise.all(Array.from({ length: 30 }, () => post("/chat", STREAM)));
    const whole = post("/chat", { prompt: "hi" });
    await until(() => node.chat.begun === 31);
    const ending = Promise.withResolvers<void>();
    node.chat.script = { pieces: ["a", "b", "c"], heldBy: ending.promise };
    const short = await post("/chat", STREAM);
    const keptAlive = await openSocket(Number(new URL(url).port));
    await until(() => node.chat.running === 32);
    const closing = close(2000);
    ending.resolve();
    keptAlive.write(requestText("GET", "/live"));
    const texts = await Promise.all(long.map((response) => response.text()));
    for (const text of texts)
      expect(text).toMatch(
        /event: error\ndata: \{"error":\{"message":"[^"]+","type":"server_error","param":null,"code":"node_closing"/,
      );
    expect(await short.text()).toContain("event: done");
    const refused = await whole;
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
    // All answers have ended: the connection that is only kept alive, for 10 s, is not waited for.
    const from = performance.now();
    await closing;
    expect(performance.now() - from).toBeLessThan(8000);
    await close(2000);
    expect(node.chat.running).toBe(0);
    await expect(fetch(`${url}/live`)).rejects.toThrow();
  }));

test("an engine that ends an answer itself when the node closes is heard as well", () =>
  withServer({}, async ({ post, node }) => {
    node.chat.script = { pieces: ["a"], breakWith: apiError("node_closing", "bye") };
    expect(await (await post("/chat", STREAM)).text()).toContain('"code":"node_closing"');
  }));
