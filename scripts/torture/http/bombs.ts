/** Body bombs, 100 of each: answered early, without holding up the event loop or taking memory. */
import { gzipSync } from "node:zlib";
import { requestText } from "../../../test/api/support/raw.ts";
import { below, exactly, type Finding, MEGABYTE, type Part, quantile } from "./part.ts";
import { sendAll } from "./rawClient.ts";
import { withRemoteServer } from "./server/remote.ts";

const ROUNDS = 100;
const JSON_TYPE = { "Content-Type": "application/json" };
const HUNDRED_MB = 100 * MEGABYTE;

/** A request, and whether the client goes on with as many bytes as it declared. */
interface Bomb {
  readonly head: string | Uint8Array;
  readonly endlessBytes?: number;
}

function bombsOf(): Record<string, Bomb> {
  const gzip = gzipSync(Buffer.alloc(MEGABYTE, " "));
  const whole = (body: string | Buffer, more: Record<string, string> = {}): Bomb => {
    const headers = { ...JSON_TYPE, ...more, "Content-Length": String(Buffer.byteLength(body)) };
    return { head: Buffer.concat([Buffer.from(requestText("POST", "/chat", headers)), Buffer.from(body)]) };
  };
  const keys = (count: number, key: (i: number) => string): string =>
    `{"prompt":"hi","logit_bias":{${Array.from({ length: count }, (_, i) => `"${key(i)}":1`).join(",")}}}`;
  const huge = requestText("POST", "/chat", { ...JSON_TYPE, "Content-Length": String(HUNDRED_MB) }, "{");
  const chunked = requestText("POST", "/chat", { ...JSON_TYPE, "Transfer-Encoding": "chunked" });
  return {
    "100 MB declared": { head: huge },
    "100 MB declared and sent": { head: huge, endlessBytes: HUNDRED_MB },
    "100 MB in chunks": { head: chunked, endlessBytes: HUNDRED_MB },
    "gzip 1000:1": whole(gzip, { "Content-Encoding": "gzip" }),
    "100,000 levels": whole('{"a":'.repeat(100_000)),
    "60,000 colliding keys": whole(keys(60_000, (i) => String(i * 65_536))),
    "60,000 keys": whole(keys(60_000, (i) => `k${i}`)),
    "80,000 shapes": whole(`[${Array.from({ length: 80_000 }, (_, i) => `{"${i.toString(36)}k":1}`).join(",")}]`),
    "500,000 numbers": whole(`[${"1,".repeat(500_000)}1]`),
    "1 MB of quotes": whole(`[${'"",'.repeat(340_000)}1]`),
  };
}

async function run(): Promise<Finding[]> {
  return withRemoteServer({}, async ({ port, ask }) => {
    const findings: Finding[] = [];
    const bombs = Object.entries(bombsOf());
    // The first of each loads and compiles what later ones use.
    for (const [, bomb] of bombs) for (let i = 0; i < 5; i++) await sendAll(port, bomb.head, bomb.endlessBytes);
    const idle = await ask("baseline");
    for (const [kind, { head, endlessBytes }] of bombs) {
      await ask("baseline");
      const times: number[] = [];
      const statuses = new Map<number, number>();
      for (let i = 0; i < ROUNDS; i++) {
        const { status, ms } = await sendAll(port, head, endlessBytes);
        times.push(ms);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
      const { lagP99Ms } = await ask("stats");
      const refused = [400, 413, 415].reduce((sum, status) => sum + (statuses.get(status) ?? 0), 0);
      findings.push(
        exactly(`${kind}: refused`, refused, ROUNDS, "of 100"),
        below(`${kind}: answered, slowest`, Math.max(...times), 100, "ms"),
        below(`${kind}: answered, median`, quantile(times, 0.5), 100, "ms"),
        below(`${kind}: lag, p99`, lagP99Ms, 50, "ms"),
      );
    }
    const { rss, heapUsed, external } = await ask("collected");
    findings.push(
      below("memory growth", (rss - idle.rss) / MEGABYTE, 32, "MB"),
      below("heap growth", (heapUsed + external - idle.heapUsed - idle.external) / MEGABYTE, 32, "MB"),
    );
    return findings;
  });
}

export const bombs: Part = { name: "bombs", attack: "body bombs, 100 of each", run };
