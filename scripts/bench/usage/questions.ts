/** What the API asks of usage, rewards and the ledger, timed one by one. */
import type { Usage } from "./setup.ts";

export interface Timing {
  readonly medianMs: number;
  readonly p99Ms: number;
}

const WARM_UP = 20;
const MAX_TIMES = 2000;
const MAX_MS = 1500;

/** Timings by question. */
export async function askAll({ experts, ledger, slots, accounts, accountOf }: Usage): Promise<Map<string, Timing>> {
  const { entries } = ledger.totals;
  const slot = (i: number): string => slots[i % slots.length]!;
  const anywhere = (i: number): number => 1 + ((i * 7919) % entries);
  const questions: Readonly<Record<string, (i: number) => unknown>> = {
    "usage of an expert": (i) => experts.stats(slot(i)),
    "ten most used experts": () => experts.top(10),
    "usage of all experts": () => experts.list({ limit: 1000 }),
    "rewards of all experts, unpaid": () => experts.rewards({ limit: 1000 }),
    "balance of an account": (i) => ledger.balance(accountOf((i * 31) % accounts)),
    "entry by its key": (i) => ledger.entry(`bench/${anywhere(i) - 1}`),
    "newest 50 entries": () => experts.ledger({ limit: 50 }),
    "50 entries from anywhere": (i) => experts.ledger({ limit: 50, cursor: String(Math.max(2, anywhere(i))) }),
    "100 richest accounts": () => experts.balances(100),
    totals: () => ledger.totals,
  };
  const timings = new Map<string, Timing>();
  for (const [question, ask] of Object.entries(questions)) timings.set(question, await time(ask));
  return timings;
}

async function time(ask: (i: number) => unknown): Promise<Timing> {
  for (let i = 0; i < WARM_UP; i++) await ask(i);
  const times: number[] = [];
  const began = performance.now();
  for (let i = 0; i < MAX_TIMES && performance.now() - began < MAX_MS; i++) {
    const from = performance.now();
    await ask(i);
    times.push(performance.now() - from);
  }
  times.sort((a, b) => a - b);
  return { medianMs: times[times.length >> 1]!, p99Ms: times[Math.floor(times.length * 0.99)]! };
}
