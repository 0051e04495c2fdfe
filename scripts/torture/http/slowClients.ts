/** 5,000 sockets at a time that send a byte now and then: all closed within 30 s, and everybody else is served. */
import { requestText } from "../../../test/api/support/raw.ts";
import { atMost, below, exactly, type Finding, MEGABYTE, noted, type Part, quantile } from "./part.ts";
import { openSockets } from "./rawClient.ts";
import { withRemoteServer } from "./server/remote.ts";

const COUNT = 5000;
const DRIP_MS = 10_000;
const LIMIT_MS = 40_000;
const JSON_TYPE = { "Content-Type": "application/json", Connection: "keep-alive" };

const BEGINNINGS = [
  "",
  "GET /live HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
  requestText("POST", "/chat", { ...JSON_TYPE, "Content-Length": "999" }, "{"),
  requestText("POST", "/chat", { ...JSON_TYPE, "Transfer-Encoding": "chunked" }, "3e8\r\n"),
];

async function run(): Promise<Finding[]> {
  return withRemoteServer({}, async ({ port, url, ask }) => {
    const before = await ask("baseline");
    const sockets = await openSockets(port, COUNT);
    const from = performance.now();
    const closedMs: number[] = [];
    const all = Promise.all(
      sockets.map(
        (socket, i) =>
          new Promise<void>((resolve) => {
            const over = (): void => {
              closedMs.push(performance.now() - from);
              resolve();
            };
            if (socket.destroyed) over();
            else socket.once("close", over);
            socket.resume().write(BEGINNINGS[i % BEGINNINGS.length]!);
          }),
      ),
    );
    const drip = setInterval(() => {
      for (const [i, socket] of sockets.entries())
        if (i % BEGINNINGS.length > 0 && !socket.destroyed) socket.write("x");
    }, DRIP_MS);
    const others: Promise<number>[] = [];
    // Without keep-alive: every one needs a place of its own.
    const visitor = setInterval(() => others.push(visit(url)), 50);
    const late = new Promise<void>((resolve) => setTimeout(resolve, LIMIT_MS).unref());
    await Promise.race([all, late]);
    clearInterval(drip);
    clearInterval(visitor);
    const times = await Promise.all(others);
    const served = times.filter(Number.isFinite);
    const { rss, lagP99Ms } = await ask("collected");
    for (const socket of sockets) socket.destroy();
    return [
      exactly("sockets that were closed", closedMs.length, COUNT, "of 5,000"),
      atMost("last one closed after", Math.max(...closedMs) / 1000, 30, "s"),
      exactly("new clients that were not served", times.length - served.length, 0, `of ${times.length}`),
      below("answer to new clients, p99", quantile(served, 0.99), 1000, "ms"),
      below("event loop lag, p99", lagP99Ms, 50, "ms"),
      noted("memory growth afterwards", (rss - before.rss) / MEGABYTE, "MB"),
    ];
  });
}

/** The ms until the answer; `Infinity` without one. */
export async function visit(url: string, path = "/live"): Promise<number> {
  const from = performance.now();
  try {
    const response = await fetch(url + path, { headers: { connection: "close" } });
    await response.arrayBuffer();
    return response.status === 200 ? performance.now() - from : Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

export const slowClients: Part = { name: "slow", attack: "5,000 sockets at a byte each 10 s", run };
