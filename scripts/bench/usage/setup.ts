/** A served model with its usage store, ledger, rewards and expert service, and a way to make a lot happen on it. */
import { join } from "node:path";
import { Ledger } from "../../../src/chain/ledger/ledger.ts";
import type { UsageStore } from "../../../src/chain/usage/usageStore.ts";
import { systemClock } from "../../../src/core/clock.ts";
import { ExpertIndex } from "../../../src/node/services/expertIndex.ts";
import { NodeExpertService } from "../../../src/node/services/expertService.ts";
import { Rewards } from "../../../src/node/services/rewards.ts";
import { withBench } from "../../../test/node/support.ts";
import { Random } from "../../support/random.ts";
import { demoModel } from "../http/demoModel.ts";

const ACCOUNTS = 1000;
/** Changes that wait at a time: as many as share a durable batch. */
const TOGETHER = 1024;

export interface Usage {
  readonly usageStore: UsageStore;
  readonly usageFolder: string;
  readonly ledger: Ledger;
  readonly ledgerFolder: string;
  readonly experts: NodeExpertService;
  readonly rewards: Rewards;
  /** Slots of experts. */
  readonly slots: readonly string[];
  /** Number of accounts of the ledger, and the name of each. */
  readonly accounts: number;
  accountOf(i: number): string;
  /** Records and books until there are `count` events and entries. */
  fillTo(count: number): Promise<{ readonly eventsPerSecond: number; readonly entriesPerSecond: number }>;
}

export function withUsage<T>(use: (usage: Usage) => Promise<T>): Promise<T> {
  return withBench({ fixture: demoModel() }, async ({ folder, chain, models, usageStore, usage }) => {
    const usageFolder = join(folder, "usage");
    const ledgerFolder = join(folder, "ledger");
    const ledger = await Ledger.open(ledgerFolder, { clock: systemClock, minFreeBytes: 0 });
    try {
      const index = new ExpertIndex(chain, usageStore, () => models.runner?.state);
      const rewards = new Rewards({ chain, ledger, index, clock: systemClock });
      const experts = new NodeExpertService({ index, rewards, ledger, usage });
      const slots = index.slots();
      const blocks = slots.map((slot) => index.versions(slot)![0]!.block);
      let filled = 0;
      const fillTo = async (count: number) => {
        const events = await timed(filled, count, eventRecorder(usageStore, blocks));
        const entries = await timed(filled, count, entryBooker(ledger));
        filled = count;
        return { eventsPerSecond: events, entriesPerSecond: entries };
      };
      const stores = { usageStore, usageFolder, ledger, ledgerFolder };
      return await use({ ...stores, experts, rewards, slots, accounts: ACCOUNTS, accountOf, fillTo });
    } finally {
      await ledger.close();
    }
  });
}

/** One event: an answer of a few tokens, by two experts. */
function eventRecorder(store: UsageStore, blocks: readonly string[]): (i: number) => Promise<unknown> {
  const random = new Random(7);
  const pick = (): string => blocks[Math.floor(random.next() * blocks.length)]!;
  const counts = () => {
    const tokens = 1 + Math.floor(random.next() * 50);
    const gateMassMicro = Math.floor(random.next() * tokens * 1e6);
    return {
      tokens,
      answerTokens: tokens,
      gateMassMicro,
      requests: 1,
      timedTokens: tokens,
      computeMicros: 50 * tokens,
    };
  };
  return (i) =>
    store.record({
      timeMs: 1_700_000_000_000 + i,
      versions: new Map([
        [pick(), counts()],
        [pick(), counts()],
      ]),
    });
}

function entryBooker(ledger: Ledger): (i: number) => Promise<unknown> {
  return (i) =>
    ledger.post({ key: `bench/${i}`, account: accountOf(i % ACCOUNTS), amount: 1 + (i % 100), reason: "bench" });
}

function accountOf(i: number): string {
  return i.toString(16).padStart(64, "0");
}

/** Does what has the numbers from `from` to `to`; how many a second. */
async function timed(from: number, to: number, make: (i: number) => Promise<unknown>): Promise<number> {
  const began = performance.now();
  for (let i = from; i < to; i += TOGETHER) {
    await Promise.all(Array.from({ length: Math.min(TOGETHER, to - i) }, (_, j) => make(i + j)));
  }
  return ((to - from) * 1000) / (performance.now() - began);
}
