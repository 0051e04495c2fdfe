/** Body bombs, 100 of each: answered early, without holding up the event loop or taking memory. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { gzipSync } from "node:zlib";
import { requestText, sendRaw } from "../../../test/api/support/raw.ts";
import { withServer } from "../../../test/api/support/withServer.ts";
import { Conditions, MEGABYTE, type PartResult, residentBytes } from "./part.ts";

const ROUNDS = 100;
const JSON_TYPE = { "content-type": "application/json" };

export function bombs(): Promise<PartResult> {
  return withServer({}, async ({ get, port }) => {
    const conditions = new Conditions();
    const gzip = gzipSync(Buffer.alloc(10_000_000, " "));
    const nested = '{"a":'.repeat(100_000);
    const keys = Object.fromEntries(Array.from({ length: 60_000 }, (_, i) => [String(i * 65_536), 1]));
    const colliding = JSON.stringify({ prompt: "hi", logit_bias: keys });
    const send = async (body: string | Uint8Array<ArrayBuffer>, more: Record<string, string> = {}): Promise<number> => {
      const response = await get("/chat", { method: "POST", headers: { ...JSON_TYPE, ...more }, body });
      await response.arrayBuffer();
      return response.status;
    };
    const huge = requestText("POST", "/chat", { ...JSON_TYPE, "Content-Length": "104857600" }, "{");
    const kinds: Record<string, () => Promise<number>> = {
      "100 MB declared": async () => (await sendRaw(port, huge)).status,
      "gzip 1000:1": () => send(new Uint8Array(gzip), { "content-encoding": "gzip" }),
      "100,000 levels": () => send(nested),
      "60,000 colliding keys": () => send(colliding),
    };
    const facts: string[] = [];
    const before = residentBytes();
    for (const [kind, ask] of Object.entries(kinds)) {
      const lag = monitorEventLoopDelay({ resolution: 1 });
      lag.enable();
      const times: number[] = [];
      for (let i = 0; i < ROUNDS; i++) {
        const from = performance.now();
        const status = await ask();
        times.push(performance.now() - from);
        conditions.require(`${kind}: expected 400, 413 or 415, got ${status}`, [400, 413, 415].includes(status));
      }
      lag.disable();
      times.sort((a, b) => a - b);
      const [p50, worst, p99] = [times[ROUNDS / 2]!, times.at(-1)!, lag.percentile(99) / 1e6];
      facts.push(`${kind} ${p50.toFixed(1)} ms (worst ${worst.toFixed(1)}), lag p99 ${p99.toFixed(1)} ms`);
      conditions.require(`${kind}: expected the median below 100 ms`, p50 < 100);
      conditions.require(`${kind}: expected lag below 50 ms`, p99 < 50);
    }
    const grown = (residentBytes() - before) / MEGABYTE;
    conditions.require(`memory: expected to grow by less than 32 MB, got ${grown.toFixed(0)}`, grown < 32);
    return { facts: `${facts.join("; ")}; memory grew by ${grown.toFixed(1)} MB`, failures: conditions.failures };
  });
}
