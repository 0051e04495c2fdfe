/** Usage after a crash: a copy of the store's folder while nothing is being written is what a killed process leaves. */
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { hashOf } from "../../../scripts/support/sampleModel.ts";
import type { UsageEvent } from "../../../src/chain/usage/usageCounts.ts";
import { UsageStore, type UsageStoreOptions } from "../../../src/chain/usage/usageStore.ts";
import { toHex } from "../../../src/core/bytes.ts";
import { manualClock } from "../../../src/core/clock.ts";
import { TEST_SEED as seed } from "../../seed.ts";
import { event, fold, VERSIONS } from "./randomEvents.ts";

let folder: string;
const always = { clock: manualClock(), minFreeBytes: 0 };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ai-block-usage-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The store as the next process finds it when this one is killed now. */
async function openCrashed(path: string, options: UsageStoreOptions): Promise<[string, UsageStore]> {
  const copy = await mkdtemp(join(folder, "crashed-"));
  await cp(path, copy, { recursive: true });
  return [copy, await UsageStore.open(copy, options)];
}

const few = fc.integer({ min: 1, max: 7 });
const group = fc.record({ events: fc.array(event, { minLength: 1, maxLength: 4 }), goesOn: fc.boolean() });

test("killed after any write, a store has the sum of all events, their number, and the newest of them", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(group, { maxLength: 8 }), few, few, async (groups, maxPendingEvents, maxEvents) => {
      const options = { ...always, maxPendingEvents, maxEvents };
      let path = await mkdtemp(join(folder, "round-"));
      let store = await UsageStore.open(path, options);
      const recorded: UsageEvent[] = [];
      for (const { events, goesOn } of groups) {
        await Promise.all(events.map((each) => store.record(each)));
        recorded.push(...events);
        const [copy, crashed] = await openCrashed(path, options);
        expect(crashed.counters).toEqual(fold(recorded));
        expect(crashed.counters).toEqual(store.counters);
        expect(crashed.sequence).toBe(recorded.length);
        const times = (await Array.fromAsync(crashed.events())).map(({ timeMs }) => timeMs);
        expect(times).toEqual(recorded.slice(-maxEvents).map(({ timeMs }) => timeMs));
        const [left, next] = goesOn ? [crashed, store] : [store, crashed];
        await left.close();
        store = next;
        if (!goesOn) path = copy;
      }
      await store.close();
    }),
    { numRuns: 30, seed },
  );
});

test("killed after any write, a store beyond its cap counts the versions that it counted before", async () => {
  const versions = Array.from({ length: 8 }, (_, i) => toHex(hashOf(`many ${i}`)));
  // Times that are equal, or go backwards: the order in which counters are read says little about their use.
  const use = fc.record({
    timeMs: fc.nat(2),
    versions: fc.uniqueArray(fc.constantFrom(...versions), { maxLength: 5 }),
  });
  const groups = fc.array(fc.array(use, { minLength: 1, maxLength: 3 }), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(groups, few, async (groups, maxPendingEvents) => {
      const options = { ...always, maxPendingEvents, maxVersions: 3 };
      const path = await mkdtemp(join(folder, "round-"));
      const store = await UsageStore.open(path, options);
      for (const group of groups) {
        const events = group.map(({ timeMs, versions }) => {
          return { timeMs, versions: new Map(versions.map((version) => [version, { tokens: 1 }])) };
        });
        await Promise.all(events.map((each) => store.record(each)));
        const [, crashed] = await openCrashed(path, options);
        expect(crashed.counters).toEqual(store.counters);
        await crashed.close();
      }
      await store.close();
    }),
    { numRuns: 20, seed },
  );
});

test("a store that cannot flush its counters for want of room closes all the same, and loses nothing", async () => {
  const events = [1, 2, 3].map((timeMs) => ({ timeMs, versions: new Map([[VERSIONS[0]!, { tokens: timeMs }]]) }));
  const path = join(folder, "store");
  const store = await UsageStore.open(path, always);
  for (const each of events) await store.record(each);
  const [copy, crashed] = await openCrashed(path, { ...always, minFreeBytes: 2 ** 60 });
  await store.close();
  await expect(crashed.record(events[0]!)).rejects.toMatchObject({ code: "disk_full" });
  expect(crashed.counters).toEqual(fold(events));
  await crashed.close();
  const again = await UsageStore.open(copy, always);
  expect(again.counters).toEqual(fold(events));
  expect(again.sequence).toBe(3);
  await again.close();
});
