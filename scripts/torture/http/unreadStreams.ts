/** 500 clients that never read their streams: bounded memory, closed in time, the work behind them stops. */
import { requestText } from "../../../test/api/support/raw.ts";
import { atMost, below, exactly, type Finding, MEGABYTE, msUntil, noted, type Part } from "./part.ts";
import { openSockets } from "./rawClient.ts";
import { withRemoteServer } from "./server/remote.ts";

const COUNT = 500;
const ASK = requestText("POST", "/chat", { "Content-Type": "application/json" }, '{"prompt":"hi","stream":true}');

async function run(): Promise<Finding[]> {
  return withRemoteServer({}, async ({ port, url, ask, script }) => {
    await script("flood");
    // What the first streams compile and load is no growth.
    await leaveUnread(port, 20);
    await msUntil(async () => (await ask("stats")).running === 0, 5000);
    const before = await ask("baseline");
    const sockets = await openSockets(port, COUNT);
    const from = performance.now();
    for (const socket of sockets) socket.pause().write(ASK);
    await msUntil(async () => (await ask("stats")).running === COUNT, 30_000);
    // Full: nobody takes another piece.
    let stats = await ask("stats");
    await msUntil(async () => {
      const pieces = stats.pieces;
      await new Promise((resolve) => setTimeout(resolve, 1000));
      stats = await ask("stats");
      return stats.pieces === pieces;
    }, 20_000);
    const full = await ask("collected");
    const stoodStill = performance.now();
    const served = (await fetch(`${url}/live`)).status;
    const ms = await msUntil(async () => (await ask("stats")).running === 0, 60_000);
    const ended = performance.now();
    const after = await ask("stats");
    const grown = (bytes: number): number => (bytes - before.rss) / MEGABYTE;
    for (const socket of sockets) socket.destroy();
    return [
      exactly("streams that ended", Number.isFinite(ms) ? after.begun - 20 - after.running : 0, COUNT, "of 500"),
      atMost("last one closed after it stood still", (ended - stoodStill) / 1000, 30, "s"),
      noted("last one closed after it began", (ended - from) / 1000, "s"),
      atMost(
        "queued in the process, each",
        (full.heapUsed + full.external - before.heapUsed - before.external) / COUNT / 1024,
        256,
        "KiB",
      ),
      below("memory growth, all stand still", grown(full.rss), 200, "MB"),
      below("memory growth, at most", grown(after.peakRss), 200, "MB"),
      exactly("pieces generated after all stood still", after.pieces - full.pieces, 0),
      exactly("status for others meanwhile", served, 200),
      below("event loop lag, p99", after.lagP99Ms, 50, "ms"),
    ];
  });
}

async function leaveUnread(port: number, count: number): Promise<void> {
  const sockets = await openSockets(port, count);
  for (const socket of sockets) socket.pause().write(ASK);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  for (const socket of sockets) socket.destroy();
}

export const unreadStreams: Part = { name: "unread", attack: "500 streams that nobody reads", run };
