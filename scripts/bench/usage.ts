/**
 * `npm run bench -- usage`: questions about usage, rewards and the ledger when little has happened and when a lot has, on stores on disk behind the demo model's chain; and what the stores take:
 * disk, memory, time to open after a crash. What is as large at both does not grow.
 */
import { Ledger } from "../../src/chain/ledger/ledger.ts";
import { UsageStore } from "../../src/chain/usage/usageStore.ts";
import { integerOption, withDefault } from "../../src/cli/framework/option.ts";
import { systemClock } from "../../src/core/clock.ts";
import { defineScript } from "../support/script.ts";
import { type BenchReport, type BenchRow, compared } from "./report.ts";
import { computations } from "./usage/computations.ts";
import { askAll, type Timing } from "./usage/questions.ts";
import { type Usage, withUsage } from "./usage/setup.ts";
import { bytesOf, liveHeapBytes, openAfterCrashMs } from "./usage/storeSize.ts";

const FEW = 1000;
const MIB = 2 ** 20;

export const script = defineScript({
  description:
    `Measures questions about usage, rewards and the ledger after ${FEW} events and after many, and what the stores take: ` +
    "disk, memory, time to open after a crash.",
  options: {
    events: withDefault(integerOption("Usage events and ledger entries in the end.", FEW + 1, 100_000_000), 1_000_000),
  },
  run: ({ events }) => benchUsage(events),
});

async function benchUsage(events: number): Promise<BenchReport> {
  return withUsage(async (usage) => {
    await usage.fillTo(FEW);
    const few = { timings: await askAll(usage), stores: await measureStores(usage) };
    const filled = await usage.fillTo(events);
    const lots = { timings: await askAll(usage), stores: await measureStores(usage) };
    const floorOf = (value: number) => ({ name: `at ${FEW.toLocaleString("en-US")}`, value });
    const rows: BenchRow[] = [];
    for (const [question, { medianMs, p99Ms }] of lots.timings) {
      const floor = floorOf((few.timings.get(question) as Timing).medianMs);
      rows.push(compared({ name: question, value: medianMs, unit: "ms", floor, aim: "below 1" }), {
        name: `${question}, p99`,
        value: p99Ms,
        unit: "ms",
      });
    }
    for (const [name, [value, unit]] of lots.stores) {
      rows.push(compared({ name, value, unit, floor: floorOf((few.stores.get(name) as Measured)[0]) }));
    }
    const began = performance.now();
    const problems = await usage.ledger.verify();
    if (problems.length > 0) throw new Error(`the ledger's sums do not agree: ${problems[0]}`);
    return {
      rows: [
        ...rows,
        { name: "ledger verified by reading everything", value: (performance.now() - began) / 1000, unit: "s" },
        { name: "usage events recorded", value: filled.eventsPerSecond, unit: "per s" },
        { name: "ledger entries booked", value: filled.entriesPerSecond, unit: "per s" },
        ...computations(usage),
      ],
      notes: [
        `${events.toLocaleString("en-US")} usage events and as many ledger entries of ${usage.accounts} accounts; ` +
          `ratio: against ${FEW.toLocaleString("en-US")} of each`,
      ],
    };
  });
}

type Measured = readonly [value: number, unit: string];

/** By what is measured. */
async function measureStores(usage: Usage): Promise<Map<string, Measured>> {
  const { usageStore, usageFolder, ledgerFolder } = usage;
  const options = { clock: systemClock, minFreeBytes: 0 };
  const openUsage = async (folder: string) => {
    const store = await UsageStore.open(folder, options);
    const tokens = (counters: UsageStore["counters"]): number =>
      counters.values().reduce((sum, counter) => sum + counter.tokens, 0);
    if (store.sequence !== usageStore.sequence || tokens(store.counters) !== tokens(usageStore.counters)) {
      throw new Error("usage: what was on disk differs from what was recorded");
    }
    return store;
  };
  return new Map<string, Measured>([
    ["usage opened after a crash", [await openAfterCrashMs(usageFolder, openUsage), "ms"]],
    [
      "ledger opened after a crash",
      [await openAfterCrashMs(ledgerFolder, (folder) => Ledger.open(folder, options)), "ms"],
    ],
    ["usage on disk", [(await bytesOf(usageFolder)) / MIB, "MiB"]],
    ["ledger on disk", [(await bytesOf(ledgerFolder)) / MIB, "MiB"]],
    ["heap in use, with chain and model", [liveHeapBytes() / MIB, "MiB"]],
    ["memory of the process", [process.memoryUsage().rss / MIB, "MiB"]],
  ]);
}
