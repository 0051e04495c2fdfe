/** 500 clients that never read their streams: bounded memory, closed in time, the work behind them stops. */
import { openSocket, requestText } from "../../../test/api/support/raw.ts";
import { withServer } from "../../../test/api/support/withServer.ts";
import { Conditions, MEGABYTE, msUntil, type PartResult, residentBytes } from "./part.ts";

const COUNT = 500;

/** Large pieces: the kernel takes megabytes for a client that reads nothing, and only then is it known. */
const ENDLESS: Iterable<string> = {
  *[Symbol.iterator]() {
    for (;;) yield "x".repeat(32_000);
  },
};

export function unreadStreams(): Promise<PartResult> {
  return withServer({}, async ({ port, node, get }) => {
    node.chat.script = { pieces: ENDLESS };
    const conditions = new Conditions();
    const before = residentBytes();
    const headers = { "Content-Type": "application/json" };
    const from = performance.now();
    const sockets = await Promise.all(Array.from({ length: COUNT }, () => openSocket(port)));
    for (const socket of sockets) {
      socket.pause();
      socket.write(requestText("POST", "/chat", headers, '{"prompt":"hi","stream":true}'));
    }
    await msUntil(() => node.chat.running === COUNT, 30_000);
    let most = 0;
    const ms = await msUntil(() => {
      most = Math.max(most, process.memoryUsage().rss);
      return node.chat.running === 0;
    }, 90_000);
    const { pieces } = node.chat;
    conditions.require(`expected all to be cut off, ${node.chat.running} run`, node.chat.running === 0);
    conditions.require("expected the node to answer others", (await get("/live")).status === 200);
    conditions.require("expected no work after the end", node.chat.pieces === pieces);
    const grown = (most - before) / MEGABYTE;
    conditions.require(`memory: expected to grow by less than 200 MB, got ${grown.toFixed(0)}`, grown < 200);
    for (const socket of sockets) socket.destroy();
    const seconds = (performance.now() - from) / 1000;
    const facts = `${COUNT} streams, all closed after ${seconds.toFixed(1)} s (${(ms / 1000).toFixed(1)} s after the last began), memory at most ${grown.toFixed(0)} MB more`;
    return { facts, failures: conditions.failures };
  });
}
