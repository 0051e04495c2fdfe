/**
 * `npm run bench -- usage [events]`: questions about usage, rewards and the ledger when little has happened and when a
 * lot has (default 1,000 and 1,000,000 events), on stores on disk behind the demo model's chain. A question that takes as
 * long at both does not grow.
 */
import { type BenchReport, type BenchRow, compared } from "./report.ts";
import { computations } from "./usage/computations.ts";
import { askAll, type Timing } from "./usage/questions.ts";
import { withUsage } from "./usage/setup.ts";

const FEW = 1000;
const MANY = 1_000_000;

export async function run([many]: string[]): Promise<BenchReport> {
  const events = many === undefined ? MANY : Number(many);
  if (!Number.isSafeInteger(events) || events <= FEW) throw new Error(`events: expected more than ${FEW}, got ${many}`);
  return withUsage(async (usage) => {
    await usage.fillTo(FEW);
    const few = await askAll(usage);
    const filled = await usage.fillTo(events);
    const lots = await askAll(usage);
    const rows: BenchRow[] = [];
    for (const [question, { medianMs, p99Ms }] of lots) {
      const floor = { name: `at ${FEW.toLocaleString("en-US")}`, value: (few.get(question) as Timing).medianMs };
      rows.push(compared({ name: question, value: medianMs, unit: "ms", floor, aim: "below 1" }), {
        name: `${question}, p99`,
        value: p99Ms,
        unit: "ms",
      });
    }
    const problems = await usage.ledger.verify();
    if (problems.length > 0) throw new Error(`the ledger's sums do not agree: ${problems[0]}`);
    return {
      rows: [
        ...rows,
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
