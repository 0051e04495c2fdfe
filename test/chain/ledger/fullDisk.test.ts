/** Ledger and usage on a disk that is full for a while. */
import { join } from "node:path";
import { Random } from "../../../scripts/support/random.ts";
import { hashOf } from "../../../scripts/support/sampleModel.ts";
import { SmallDisk } from "../../../scripts/support/smallDisk.ts";
import { withTemporaryFolder } from "../../../scripts/support/temporary.ts";
import { Ledger } from "../../../src/chain/ledger/ledger.ts";
import { addUsage, type VersionUsage } from "../../../src/chain/usage/usageCounts.ts";
import { UsageStore } from "../../../src/chain/usage/usageStore.ts";
import { toHex } from "../../../src/core/bytes.ts";
import { manualClock } from "../../../src/core/clock.ts";
import { errorCode } from "../../../src/core/errors.ts";
import { TEST_SEED as seed } from "../../seed.ts";

const DISK_BYTES = 12 * 2 ** 20;
const UNWRITABLE = ["disk_full", "store_unavailable"];

test("balances are read while the disk takes nothing; what has ended since is then still pending, and cannot be spent", async () => {
  await withTemporaryFolder(async (folder) => {
    const clock = manualClock();
    const ledger = await Ledger.open(folder, { clock, minFreeBytes: 0 });
    const heldUntilMs = clock.nowMs() + 10;
    await ledger.post({ key: "a", account: "ann", amount: 5, reason: "", heldUntilMs });
    await ledger.close();
    const full = await Ledger.open(folder, { clock, minFreeBytes: 2 ** 60 });
    clock.advance(10);
    expect(await full.balance("ann")).toEqual({ confirmed: 0, pending: 5 });
    expect(await full.richest(1)).toEqual([{ account: "ann", confirmed: 0, pending: 5 }]);
    const spend = { key: "b", account: "ann", amount: -5, reason: "" };
    await expect(full.post(spend)).rejects.toMatchObject({ code: "disk_full" });
    await full.close();
    const again = await Ledger.open(folder, { clock, minFreeBytes: 0 });
    expect(await again.balance("ann")).toEqual({ confirmed: 5, pending: 0 });
    expect(await again.post(spend)).toMatchObject({ number: 2 });
    await again.close();
  });
});

test("a disk that fills up in the middle of writes: what is in memory is what is on disk, and sums agree", async () => {
  const disk = await SmallDisk.mount(DISK_BYTES);
  if (disk === undefined) {
    console.log("skipped: a small file system cannot be mounted here (needs Linux and root)");
    return;
  }
  const random = new Random(seed);
  try {
    for (let round = 0; round < 4; round++)
      await fillOnce(join(disk.folder, `${round}`), disk, random, { seed, round });
  } finally {
    await disk.unmount();
  }
});

async function fillOnce(folder: string, disk: SmallDisk, random: Random, at: object): Promise<void> {
  const clock = manualClock();
  const options = { clock, minFreeBytes: 0, maxEvents: 1_000_000, maxPendingEvents: 30 };
  let usage = await UsageStore.open(join(folder, "usage"), options);
  let ledger = await Ledger.open(join(folder, "ledger"), options);
  const versions = Array.from({ length: 5 }, (_, i) => toHex(hashOf(`version ${i}`)));
  let made = 0;
  const acknowledged = { events: 0, keys: new Set<string>() };
  /** Whether all of them were stored. */
  const makeSome = async (): Promise<boolean> => {
    const count = 1 + random.below(40);
    const outcomes = await Promise.allSettled(
      Array.from({ length: count }, () => {
        const number = made++;
        const version = versions[random.below(versions.length)]!;
        const key = `${number} ${"long ".repeat(40)}`;
        const heldUntilMs = number % 3 === 0 ? clock.nowMs() + 5 : null;
        const posting = { key, account: `a${number % 4}`, amount: 1 + random.below(9), reason: "", heldUntilMs };
        return Promise.all([
          usage.record({ timeMs: number, versions: new Map([[version, { tokens: number }]]) }).then(() => {
            acknowledged.events += 1;
          }),
          ledger.post(posting).then(() => acknowledged.keys.add(key)),
        ]);
      }),
    );
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") expect(UNWRITABLE).toContain(errorCode(outcome.reason));
    }
    return outcomes.every(({ status }) => status === "fulfilled");
  };
  const check = async (): Promise<void> => {
    const sums = new Map<string, VersionUsage>();
    const events = await Array.fromAsync(usage.events());
    for (const { timeMs, versions } of events) {
      for (const [version, more] of versions) sums.set(version, addUsage(sums.get(version), more, timeMs));
    }
    expect({ ...at, count: usage.sequence, counters: usage.counters }).toEqual({
      ...at,
      count: events.length,
      counters: sums,
    });
    expect(usage.sequence).toBeGreaterThanOrEqual(acknowledged.events);
    for (const key of acknowledged.keys) expect(ledger.entry(key)).toBeDefined();
    expect({ ...at, wrong: await ledger.verify() }).toEqual({ ...at, wrong: [] });
  };
  for (let i = 0; i < 5; i++) await makeSome();
  await disk.fill(random.below(200_000));
  let hasFailed = false;
  for (let i = 0; i < 400 && !hasFailed; i++) hasFailed = !(await makeSome());
  expect({ ...at, hasFailed }).toEqual({ ...at, hasFailed: true });
  await disk.empty();
  // Recoveries are tried once a second.
  for (let i = 0; i < 50; i++) {
    clock.advance(1000);
    if (await makeSome()) break;
  }
  expect(await makeSome()).toBe(true);
  await check();
  await usage.close();
  await ledger.close();
  usage = await UsageStore.open(join(folder, "usage"), options);
  ledger = await Ledger.open(join(folder, "ledger"), options);
  await check();
  await usage.close();
  await ledger.close();
}
