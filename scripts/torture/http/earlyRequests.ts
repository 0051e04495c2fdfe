/** 500 clients that send 100 requests each and read no answer: others are served meanwhile, and no connection stays. */
import { requestText } from "../../../test/api/support/raw.ts";
import { atMost, below, exactly, type Finding, MEGABYTE, msUntil, noted, type Part, quantile } from "./part.ts";
import { openSockets } from "./rawClient.ts";
import { withRemoteServer } from "./server/remote.ts";
import { visit } from "./slowClients.ts";

const COUNT = 500;
const EACH = 100;
const ASK = requestText("GET", "/openapi.json", { Connection: "keep-alive" });

async function run(): Promise<Finding[]> {
  return withRemoteServer({}, async ({ port, url, ask }) => {
    for (let i = 0; i < 20; i++) await visit(url, "/openapi.json");
    const before = await ask("baseline");
    const sockets = await openSockets(port, COUNT);
    const others: Promise<number>[] = [];
    const visitor = setInterval(() => others.push(visit(url)), 50);
    for (const socket of sockets) socket.pause().write(ASK.repeat(EACH));
    // A client that reads nothing notices the end when it writes again.
    const closed = await msUntil(() => {
      for (const socket of sockets) if (!socket.destroyed) socket.write("x");
      return sockets.every(({ destroyed }) => destroyed);
    }, 40_000);
    clearInterval(visitor);
    const times = await Promise.all(others);
    const { peakRss } = await ask("stats");
    for (const socket of sockets) socket.destroy();
    return [
      atMost("last connection closed after", closed / 1000, 30, "s"),
      exactly(
        "others that were not served",
        times.filter((ms) => !Number.isFinite(ms)).length,
        0,
        `of ${times.length}`,
      ),
      noted("answer to others, p99", quantile(times, 0.99), "ms"),
      below("memory growth, at most", (peakRss - before.rss) / MEGABYTE, 200, "MB"),
    ];
  });
}

export const earlyRequests: Part = { name: "early", attack: "500 clients with 100 requests before an answer", run };
