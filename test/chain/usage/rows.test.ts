/** The rows of a usage store as they are on disk. The first stores folded every event at once, which is a flush after each. */
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { type Change, Database } from "../../../src/chain/store/database.ts";
import type { UsageEvent, VersionUsage } from "../../../src/chain/usage/usageCounts.ts";
import { UsageStore } from "../../../src/chain/usage/usageStore.ts";
import { concatBytes, fromHex, toHex, u64 } from "../../../src/core/bytes.ts";
import { manualClock } from "../../../src/core/clock.ts";
import { encodeCanonical, type WireValue } from "../../../src/core/codec.ts";
import { TEST_SEED as seed } from "../../seed.ts";
import { event, fold, VERSIONS } from "./randomEvents.ts";

let folder: string;
const options = { clock: manualClock(), minFreeBytes: 0 };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ai-block-usage-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const NAMES = [
  "tokens",
  "answerTokens",
  "gateMassMicro",
  "requests",
  "timedTokens",
  "computeMicros",
  "loads",
  "loadMicros",
] as const;

/** What the first stores wrote for `events`, the oldest of which is number `first`. */
function foldedRows(events: readonly UsageEvent[], first = 1): Change[] {
  const rows: Change[] = [[Uint8Array.of(1), u64(events.length)]];
  for (const [i, { timeMs, versions }] of events.entries()) {
    if (i + 1 < first) continue;
    const list = [...versions].map(([version, counts]) => {
      return [fromHex(version), ...NAMES.map((name) => counts[name] ?? 0)];
    });
    rows.push([concatBytes([Uint8Array.of(2), u64(i + 1)]), encodeCanonical([timeMs, list])]);
  }
  for (const [version, usage] of fold(events)) rows.push([counterKey(version), encodeCanonical(counterRow(usage))]);
  return rows;
}

function counterKey(version: string): Uint8Array {
  return concatBytes([Uint8Array.of(3), fromHex(version)]);
}

function counterRow(usage: VersionUsage): WireValue {
  return [usage.lastUsedMs, ...NAMES.map((name) => usage[name])];
}

const events = fc.array(event, { maxLength: 12 });

test("a store of the first kind opens with its counters, and goes on", async () => {
  await fc.assert(
    fc.asyncProperty(events, events, fc.integer({ min: 1, max: 6 }), async (before, after, maxEvents) => {
      const path = await mkdtemp(join(folder, "round-"));
      const database = await Database.open(path);
      await database.write(foldedRows(before, Math.max(1, before.length - maxEvents + 1)));
      await database.close();
      for (const more of [[], after]) {
        const store = await UsageStore.open(path, { ...options, maxEvents, maxPendingEvents: 5 });
        expect(store.counters).toEqual(fold(before));
        expect(store.sequence).toBe(before.length);
        expect(await Array.fromAsync(store.events())).toHaveLength(Math.min(maxEvents, before.length));
        for (const each of more) await store.record(each);
        const all = [...before, ...more];
        expect(store.counters).toEqual(fold(all));
        expect(store.sequence).toBe(all.length);
        await store.close();
      }
    }),
    { numRuns: 20, seed },
  );
});

test("a store that was closed has the rows of the first kind: whoever reads only those misses nothing", async () => {
  await fc.assert(
    fc.asyncProperty(events, fc.integer({ min: 1, max: 8 }), async (recorded, maxEvents) => {
      const path = await mkdtemp(join(folder, "round-"));
      const store = await UsageStore.open(path, { ...options, maxEvents, maxPendingEvents: 5 });
      for (const each of recorded) await store.record(each);
      await store.close();
      const rows = await rowsIn(path);
      const expected = recorded.length === 0 ? [] : foldedRows(recorded, Math.max(1, recorded.length - maxEvents + 1));
      expect(rows).toEqual(new Map(expected.map(([key, value]) => [toHex(key), toHex(value!)])));
    }),
    { numRuns: 20, seed },
  );
});

test("an event stays until the counters are flushed, however few are kept", async () => {
  const path = join(folder, "store");
  const store = await UsageStore.open(path, { ...options, maxPendingEvents: 3, maxEvents: 1 });
  const seen: string[] = [];
  for (let i = 1; i <= 7; i++) {
    await store.record({ timeMs: i, versions: new Map([[VERSIONS[0]!, { tokens: i }]]) });
    const copy = join(folder, `after ${i}`);
    await cp(path, copy, { recursive: true });
    const rows = await rowsIn(copy);
    const numbers = [...rows.keys()].filter((key) => key.startsWith("02")).map((key) => Number(`0x${key.slice(2)}`));
    seen.push(`${numbers} folded ${Number(`0x${rows.get("01") ?? "0"}`)}`);
    expect(await Array.fromAsync(store.events())).toHaveLength(1);
  }
  expect(seen).toEqual([
    "1 folded 0",
    "1,2 folded 0",
    "3 folded 3",
    "3,4 folded 3",
    "3,4,5 folded 3",
    "6 folded 6",
    "6,7 folded 6",
  ]);
  await store.close();
});

test("events of very many versions do not wait for others: so that opening adds few again", async () => {
  const path = join(folder, "store");
  const store = await UsageStore.open(path, options);
  const versions = new Map<string, object>();
  while (versions.size < 2 ** 14) versions.set(versions.size.toString(16).padStart(64, "0"), { requests: 1 });
  for (const folded of [0, 2]) {
    await store.record({ timeMs: 1, versions });
    const copy = join(folder, `folded ${folded}`);
    await cp(path, copy, { recursive: true });
    const rows = await rowsIn(copy);
    expect(Number(`0x${rows.get("01") ?? "0"}`)).toBe(folded);
    expect([...rows.keys()].filter((key) => key.startsWith("03"))).toHaveLength(folded === 0 ? 0 : versions.size);
  }
  await store.close();
});

/** All but those of the database itself, as hex digits. */
async function rowsIn(path: string): Promise<Map<string, string>> {
  const database = await Database.open(path);
  const rows = new Map<string, string>();
  for (const prefix of [1, 2, 3]) {
    for await (const [key, value] of database.scan(Uint8Array.of(prefix))) rows.set(toHex(key), toHex(value));
  }
  await database.close();
  return rows;
}
