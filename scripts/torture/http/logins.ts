/** 1,000 wrong keys a second: others are answered as fast as before. */
import { createApiKey } from "../../../src/api/keys/apiKey.ts";
import { floodWithKeys } from "./keyFlood.ts";
import { atLeast, atMost, exactly, type Finding, noted, type Part, quantile } from "./part.ts";
import { withRemoteServer } from "./server/remote.ts";

const RATE = 1000;
/** Rounds that count: those in which the machine let the client send, and the server answer, nearly all. */
const ROUNDS = 5;
const MAX_ROUNDS = 10;
const SECONDS = 4;
/** What the pages of a node ask for. */
const ROUTES = ["/live", "/health", "/v1/models", "/chain/A/blocks", "/experts/top"];

async function run(): Promise<Finding[]> {
  const key = createApiKey();
  return withRemoteServer({ http: { apiKeys: [key.entry] } }, async ({ url, ask }) => {
    const visit = (ms: number): Promise<number[]> => visitRoutes(url, key.text, ms);
    const idle: number[] = [];
    const flooded: number[] = [];
    let other = 0;
    let tried = 0;
    await visit(2000);
    for (; tried < MAX_ROUNDS && idle.length < ROUNDS; tried++) {
      const before = quantile(await visit(SECONDS * 1000), 0.99);
      const wrongKey = createApiKey().text;
      const flood = { url: `${url}/v1/models`, key: wrongKey, perSecond: RATE, forMs: SECONDS * 1000 };
      const [{ statuses, perSecond }, times] = await Promise.all([floodWithKeys(flood), visit(SECONDS * 1000 - 200)]);
      for (const [status, count] of Object.entries(statuses)) if (!/^4/.test(status)) other += count;
      if (perSecond < 0.95 * RATE) continue;
      idle.push(before);
      flooded.push(quantile(times, 0.99));
    }
    const { lagP99Ms } = await ask("stats");
    const ratios = idle.map((ms, i) => flooded[i]! / ms);
    return [
      atLeast("rounds with at least 950 log-ins a second", idle.length, ROUNDS, `of ${tried}`),
      exactly("log-ins that were not refused", other, 0),
      noted("answers of other routes, p99, idle", quantile(idle, 0.5), "ms"),
      noted("answers of other routes, p99, under the flood", quantile(flooded, 0.5), "ms"),
      atMost("ratio of the two, median of 5 rounds", quantile(ratios, 0.5), 2, ""),
      noted("event loop lag, p99", lagP99Ms, "ms"),
    ];
  });
}

/** Times of requests with a right key, one after the other, for `ms`. */
async function visitRoutes(url: string, key: string, ms: number): Promise<number[]> {
  const times: number[] = [];
  const until = performance.now() + ms;
  while (performance.now() < until) {
    for (const route of ROUTES) {
      const from = performance.now();
      const response = await fetch(`${url}${route}`, { headers: { authorization: `Bearer ${key}` } });
      await response.arrayBuffer();
      times.push(performance.now() - from);
      if (!response.ok) throw new Error(`${route}: expected an answer, got ${response.status}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
  return times;
}

export const logins: Part = { name: "logins", attack: "1,000 wrong keys a second", run };
