/** A process that books and records as fast as it can, and says what was acknowledged. It is killed from outside. */
import { join } from "node:path";
import { Ledger } from "../../../src/chain/ledger/ledger.ts";
import { UsageStore } from "../../../src/chain/usage/usageStore.ts";
import { systemClock } from "../../../src/core/clock.ts";

const folder = process.argv[2]!;
const options = { clock: systemClock, minFreeBytes: 0 };
const ledger = await Ledger.open(join(folder, "ledger"), options);
const usage = await UsageStore.open(join(folder, "usage"), { ...options, maxEvents: 1_000_000 });
const from = ledger.totals.entries;
const version = "ab".repeat(32);

for (let i = 1; ; i++) {
  const [entry, event] = await Promise.all([
    ledger.post({
      key: `${process.pid} ${i}`,
      account: `a${i % 5}`,
      amount: (i % 7) + 1,
      reason: "",
      heldUntilMs: i % 3 === 0 ? Date.now() + 20 : null,
    }),
    usage.record({ timeMs: i, versions: new Map([[version, { tokens: usage.sequence + 1, requests: 1 }]]) }),
  ]);
  process.stdout.write(`${entry.number} ${event}\n`);
  if (i > from + 100_000) break;
}
