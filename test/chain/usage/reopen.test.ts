/** A store whose disk was full is opened again in the same process. Skipped where no small file system can be mounted. */
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { SmallDisk } from "../../../scripts/support/smallDisk.ts";
import { UsageStore } from "../../../src/chain/usage/usageStore.ts";
import { manualClock } from "../../../src/core/clock.ts";
import { fold, VERSIONS } from "./randomEvents.ts";

const DISK_BYTES = 8 * 2 ** 20;
const MAX_TRIES = 1000;

test("after a failed write, what counts is on disk, whatever was in memory", async () => {
  const disk = await SmallDisk.mount(DISK_BYTES);
  if (disk === undefined) {
    console.log("skipped: a small file system cannot be mounted here (needs Linux and root)");
    return;
  }
  try {
    const clock = manualClock();
    const options = { clock, minFreeBytes: 0, maxPendingEvents: 2 };
    const event = (timeMs: number, version = VERSIONS[0]!) => ({
      timeMs,
      versions: new Map([[version, { tokens: 1 }]]),
    });
    const path = join(disk.folder, "usage");
    const other = join(disk.folder, "other");
    const found = [event(1, VERSIONS[1]), event(2, VERSIONS[2]), event(3, VERSIONS[1])];
    const writer = await UsageStore.open(other, options);
    for (const each of found) await writer.record(each);
    await writer.close();
    const store = await UsageStore.open(path, options);
    await disk.fill(0);
    let count = 0;
    const failed = async (): Promise<boolean> =>
      store.record(event(count++)).then(
        () => false,
        () => true,
      );
    while (!(await failed())) expect(count).toBeLessThan(MAX_TRIES);
    expect(store.sequence).toBe(count - 1);
    await disk.empty();
    // Whether a failed write has arrived shows only then. Another store stands for one in which much has.
    await rename(path, join(disk.folder, "before"));
    await rename(other, path);
    clock.advance(1000);
    const before = store.memberships;
    expect(await store.record(event(4))).toBe(4);
    expect(store.counters).toEqual(fold([...found, event(4)]));
    expect(store.memberships).not.toBe(before);
    await store.close();
    const again = await UsageStore.open(path, options);
    expect(again.counters).toEqual(fold([...found, event(4)]));
    expect(again.sequence).toBe(4);
    await again.close();
  } finally {
    await disk.unmount();
  }
});
