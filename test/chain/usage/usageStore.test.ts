import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { hashOf } from "../../../scripts/support/sampleModel.ts";
import { addUsage, type UsageCounts, type UsageEvent, type VersionUsage } from "../../../src/chain/usage/usageRows.ts";
import { UsageStore } from "../../../src/chain/usage/usageStore.ts";
import { toHex } from "../../../src/core/bytes.ts";
import { manualClock } from "../../../src/core/clock.ts";

let folder: string;
const options = { clock: manualClock(), minFreeBytes: 0 };
const VERSIONS = Array.from({ length: 4 }, (_, i) => toHex(hashOf(`version ${i}`)));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ai-block-usage-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const count = fc.nat(2 ** 40);
const counts: fc.Arbitrary<Partial<UsageCounts>> = fc.record(
  { tokens: count, answerTokens: count, gateMassMicro: count, requests: count, loads: count, computeMicros: count },
  { requiredKeys: [] },
);
const event: fc.Arbitrary<UsageEvent> = fc.record({
  timeMs: fc.nat(2 ** 42),
  versions: fc
    .dictionary(fc.constantFrom(...VERSIONS), counts, { maxKeys: 4 })
    .map((all) => new Map(Object.entries(all))),
});

function fold(events: readonly UsageEvent[]): Map<string, VersionUsage> {
  const sums = new Map<string, VersionUsage>();
  for (const { timeMs, versions } of events) {
    for (const [version, more] of versions) sums.set(version, addUsage(sums.get(version), more, timeMs));
  }
  return sums;
}

test("counters are the sum of all events, at once and after reopening, however many come together", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(event, { maxLength: 6 }), { maxLength: 8 }), async (groups) => {
      const path = await mkdtemp(join(folder, "round-"));
      const expected = fold(groups.flat());
      const store = await UsageStore.open(path, options);
      for (const group of groups) await Promise.all(group.map((each) => store.record(each)));
      expect(store.counters).toEqual(expected);
      await store.close();
      const again = await UsageStore.open(path, options);
      expect(again.counters).toEqual(expected);
      expect(again.sequence).toBe(groups.flat().length);
      await again.close();
    }),
    { numRuns: 25 },
  );
});

test("old events are dropped, what they added stays", async () => {
  const store = await UsageStore.open(folder, { ...options, maxEvents: 3 });
  const version = VERSIONS[0]!;
  for (let i = 1; i <= 10; i++) await store.record({ timeMs: i, versions: new Map([[version, { tokens: i }]]) });
  const kept: number[] = [];
  for await (const { timeMs } of store.events()) kept.push(timeMs);
  expect(kept).toEqual([8, 9, 10]);
  expect(store.counters.get(version)).toMatchObject({ tokens: 55, lastUsedMs: 10 });
  await store.close();
});

test("an event that cannot be encoded is refused and changes nothing", async () => {
  const store = await UsageStore.open(folder, options);
  const wrong = { timeMs: 1, versions: new Map([[VERSIONS[0]!, { tokens: Number.NaN }]]) };
  await expect(store.record(wrong)).rejects.toMatchObject({ code: "bad_value" });
  expect(store.counters.size).toBe(0);
  expect(await store.record({ timeMs: 1, versions: new Map() })).toBe(1);
  await store.close();
});
