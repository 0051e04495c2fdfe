/** Row 53 for the ledger and the usage of experts: a killed process loses nothing that it had acknowledged. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { Ledger } from "../../../src/chain/ledger/ledger.ts";
import { addUsage, type VersionUsage } from "../../../src/chain/usage/usageCounts.ts";
import { UsageStore } from "../../../src/chain/usage/usageStore.ts";
import { systemClock } from "../../../src/core/clock.ts";
import { withFolder } from "../support.ts";

const KILLS = 8;
const options = { clock: systemClock, minFreeBytes: 0, maxEvents: 1_000_000 };

/** Runs the writer until it has acknowledged `lines` things, and kills it at once. Gives the last line that came. */
function killAfter(folder: string, lines: number): Promise<readonly [number, number]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "writer.ts"), folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    text += piece;
    if (text.split("\n").length > lines) child.kill("SIGKILL");
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (_code, signal) => {
      const whole =
        text
          .slice(0, text.lastIndexOf("\n") + 1)
          .trim()
          .split("\n")
          .at(-1) ?? "";
      const [entry, event] = whole.split(" ").map(Number);
      if (signal !== "SIGKILL" || entry === undefined || event === undefined) reject(new Error(`writer: ${text}`));
      else resolve([entry, event]);
    });
  });
}

test(`after ${KILLS} kills everything acknowledged is there, counters are the sum of the events, and sums agree`, async () => {
  await withFolder(async (folder) => {
    for (let kill = 0; kill < KILLS; kill++) {
      const [entries, events] = await killAfter(folder, 5 + kill * 13);
      const ledger = await Ledger.open(join(folder, "ledger"), options);
      expect(ledger.totals.entries).toBeGreaterThanOrEqual(entries);
      expect(await ledger.verify()).toEqual([]);
      await ledger.close();
      const usage = await UsageStore.open(join(folder, "usage"), options);
      expect(usage.sequence).toBeGreaterThanOrEqual(events);
      const sums = new Map<string, VersionUsage>();
      let count = 0;
      for await (const { timeMs, versions } of usage.events()) {
        count += 1;
        for (const [version, more] of versions) sums.set(version, addUsage(sums.get(version), more, timeMs));
      }
      expect(count).toBe(usage.sequence);
      expect(usage.counters).toEqual(sums);
      const requests = usage.counters.values().reduce((sum, counter) => sum + counter.requests, 0);
      expect(requests).toBe(2 * count);
      await usage.close();
    }
  });
});
