import { Random } from "../../scripts/support/random.ts";
import { UsageStore } from "../../src/chain/usage/usageStore.ts";
import { manualClock } from "../../src/core/clock.ts";
import { ExpertIndex } from "../../src/node/services/expertIndex.ts";
import { addBlocks, type Bench, betterExpert, withBench } from "./support.ts";

/** An index over a usage store that counts a few versions only. */
async function withIndex(
  bench: Bench,
  maxVersions: number,
  use: (index: ExpertIndex, usage: UsageStore) => Promise<void>,
): Promise<void> {
  const options = { clock: manualClock(), minFreeBytes: 0, maxVersions };
  const usage = await UsageStore.open(`${bench.folder}/few`, options);
  try {
    await use(new ExpertIndex(bench.chain, usage, () => bench.models.runner?.state), usage);
  } finally {
    await usage.close();
  }
}

test("a version that is no longer counted is gone from its expert when another one takes its place", async () => {
  await withBench({}, async (bench) => {
    await withIndex(bench, 2, async (index, usage) => {
      const [slot, second, third] = index.slots() as [string, string, string];
      const [first, b, c] = [slot, second, third].map((each) => index.head(each)!.block) as [string, string, string];
      await addBlocks(bench.chain, await betterExpert(bench, slot, 1.01));
      await bench.models.runner!.refresh();
      const head = index.head(slot)!.block;
      expect(head).not.toBe(first);
      const record = (timeMs: number, blocks: readonly string[]): Promise<number> =>
        usage.record({ timeMs, versions: new Map(blocks.map((block) => [block, { tokens: 1, gateMassMicro: 5 }])) });
      await record(1, [first, b]);
      expect(index.versions(slot)?.map(({ block }) => block)).toEqual([head, first]);
      expect(index.layerUsage(slot).gateMassMicro).toBe(10);
      await record(2, [b, c]);
      expect(usage.counters.size).toBe(2);
      expect(index.versions(slot)?.map(({ block }) => block)).toEqual([head]);
      expect(index.layerUsage(slot).gateMassMicro).toBe(15);
    });
  });
});

test("after every event a layer's sums are those of its experts, and parts of a layer add up to 1", async () => {
  await withBench({}, async (bench) => {
    await withIndex(bench, 100, async (index, usage) => {
      const random = new Random(3);
      const slots = index.slots();
      for (let i = 0; i < 40; i++) {
        const counts = (): object => ({
          tokens: 1,
          gateMassMicro: 1 + random.below(1000),
          timedTokens: random.below(3),
          computeMicros: random.below(100),
        });
        const blocks = [1, 2, 3].map(() => index.head(slots[random.below(slots.length)]!)!.block);
        await usage.record({ timeMs: i, versions: new Map(blocks.map((block) => [block, counts()])) });
        for (const [layer, experts] of Map.groupBy(index.all(), (expert) => expert.layer)) {
          const sum = (name: "gateMassMicro" | "timedTokens" | "computeMicros"): number =>
            experts.reduce((total, { block }) => total + (usage.counters.get(block)?.[name] ?? 0), 0);
          const sums = { gateMassMicro: sum("gateMassMicro"), timedTokens: sum("timedTokens") };
          expect(index.layerUsage(experts[0]!.slot)).toEqual({ ...sums, computeMicros: sum("computeMicros") });
          const shares = experts.reduce((total, { routedShare }) => total + routedShare, 0);
          if (sums.gateMassMicro > 0) expect({ layer, shares }).toEqual({ layer, shares: expect.closeTo(1, 9) });
        }
      }
      expect(index.layerUsage("layer0.router")).toEqual({ gateMassMicro: 0, timedTokens: 0, computeMicros: 0 });
    });
  });
});
