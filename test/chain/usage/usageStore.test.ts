import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { hashOf } from "../../../scripts/support/sampleModel.ts";
import { MAX_EVENT_VERSIONS } from "../../../src/chain/usage/usageCounts.ts";
import { decodeEvent, encodeEvent } from "../../../src/chain/usage/usageRows.ts";
import { UsageStore } from "../../../src/chain/usage/usageStore.ts";
import { toHex } from "../../../src/core/bytes.ts";
import { manualClock } from "../../../src/core/clock.ts";
import { event, fold, VERSIONS } from "./randomEvents.ts";

let folder: string;
const options = { clock: manualClock(), minFreeBytes: 0 };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ai-block-usage-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

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

const MOST = Number.MAX_SAFE_INTEGER;

test.each([
  ["not a number", { tokens: Number.NaN }, "bad_value"],
  ["a fraction", { gateMassMicro: 0.5 }, "bad_value"],
  ["less than nothing", { loads: -1 }, "bad_value"],
  ["a sum beyond 2^53 - 1", { requests: MOST }, "bad_value"],
])("an event with %s is refused, changes nothing, and harms none that comes with it", async (_, counts, code) => {
  const store = await UsageStore.open(folder, options);
  const version = VERSIONS[0]!;
  const good = { timeMs: 1, versions: new Map([[version, { tokens: 3, requests: 1 }]]) };
  const wrong = { timeMs: 2, versions: new Map([...good.versions, [VERSIONS[1]!, { tokens: 1 }], [version, counts]]) };
  const all = await Promise.allSettled([good, wrong, good].map((event) => store.record(event)));
  expect(all).toMatchObject([{ value: 1 }, { status: "rejected", reason: { code } }, { value: 2 }]);
  const expected = fold([good, good]);
  expect(store.counters).toEqual(expected);
  await store.close();
  const again = await UsageStore.open(folder, options);
  expect(again.counters).toEqual(expected);
  expect(await Array.fromAsync(again.events())).toHaveLength(2);
  await again.close();
});

test.each([
  ["a time that is none", { timeMs: -1, versions: new Map([[VERSIONS[0]!, { tokens: 1 }]]) }, "bad_value"],
  ["a version that is no hash", { timeMs: 1, versions: new Map([["ab", { tokens: 1 }]]) }, "bad_hash"],
])("an event with %s is refused", async (_, event, code) => {
  const store = await UsageStore.open(folder, options);
  await expect(store.record(event)).rejects.toMatchObject({ code });
  expect(store.counters.size).toBe(0);
  expect(await store.record({ timeMs: 1, versions: new Map() })).toBe(1);
  await store.close();
});

test("an event with as many versions as there may be can be read again; one with more is refused", async () => {
  const versions = new Map<string, object>();
  const most = { tokens: MOST, gateMassMicro: MOST, requests: MOST, timedTokens: MOST, loadMicros: MOST };
  while (versions.size < MAX_EVENT_VERSIONS) versions.set(versions.size.toString(16).padStart(64, "0"), most);
  const read = decodeEvent(encodeEvent({ timeMs: MOST, versions }));
  expect([read.timeMs, read.versions.size]).toEqual([MOST, MAX_EVENT_VERSIONS]);
  expect(read.versions.get("0".repeat(64))).toMatchObject(most);
  versions.set("f".repeat(64), most);
  const store = await UsageStore.open(folder, options);
  await expect(store.record({ timeMs: 1, versions })).rejects.toMatchObject({ code: "bad_value" });
  await store.close();
});

test("after close nothing is recorded any more, and closing again does no harm", async () => {
  const store = await UsageStore.open(folder, options);
  const under = store.record({ timeMs: 1, versions: new Map([[VERSIONS[0]!, { tokens: 1 }]]) });
  const closed = Promise.all([store.close(), store.close()]);
  await expect(store.record({ timeMs: 1, versions: new Map() })).rejects.toMatchObject({ code: "store_unavailable" });
  expect(await under).toBe(1);
  await closed;
  await store.close();
});

test("beyond the cap the versions that were used longest ago go, in memory and on disk, and never those used now", async () => {
  const use = fc.record({ version: fc.nat(7), together: fc.boolean(), reopen: fc.nat(9) });
  const versions = Array.from({ length: 8 }, (_, i) => toHex(hashOf(`many ${i}`)));
  await fc.assert(
    fc.asyncProperty(fc.array(use, { maxLength: 40 }), async (uses) => {
      const path = await mkdtemp(join(folder, "round-"));
      const bounded = { ...options, maxVersions: 3 };
      let store = await UsageStore.open(path, bounded);
      let expected: string[] = [];
      const running: Promise<number>[] = [];
      for (const [i, { version, together, reopen }] of uses.entries()) {
        const name = versions[version]!;
        running.push(store.record({ timeMs: i, versions: new Map([[name, { tokens: 1 }]]) }));
        expected = [...expected.filter((each) => each !== name), name].slice(-3);
        if (together) continue;
        await Promise.all(running.splice(0));
        // Those that came together with the last one may have left more behind.
        if (store.counters.size <= 3) expect(new Set(store.counters.keys())).toEqual(new Set(expected));
        if (reopen > 0) continue;
        const before = new Map(store.counters);
        await store.close();
        store = await UsageStore.open(path, bounded);
        expect(store.counters).toEqual(before);
      }
      await Promise.all(running);
      await store.close();
    }),
    { numRuns: 25 },
  );
});
