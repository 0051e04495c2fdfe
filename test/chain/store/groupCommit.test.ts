import { join } from "node:path";
import { withTemporaryFolder } from "../../../scripts/support/temporary.ts";
import { GroupCommit, outcomeOf } from "../../../src/chain/store/groupCommit.ts";
import { SerialStore } from "../../../src/chain/store/serialStore.ts";
import { utf8 } from "../../../src/core/bytes.ts";
import { manualClock } from "../../../src/core/clock.ts";
import { errorCode } from "../../../src/core/errors.ts";

const options = { clock: manualClock(), minFreeBytes: 0 };

interface Groups {
  readonly store: SerialStore;
  readonly commit: GroupCommit<number, string>;
  readonly sizes: number[];
  stored: number;
}

/** Items become rows of their own; odd thirds of a hundred are refused, and -1 breaks its whole group. */
function withGroups(use: (groups: Groups) => Promise<void>): Promise<void> {
  return withTemporaryFolder(async (folder) => {
    const store = await SerialStore.open(join(folder, "store"), options);
    const sizes: number[] = [];
    const commit: GroupCommit<number, string> = new GroupCommit(store, {
      make: (rows, items) => {
        sizes.push(items.length);
        if (items.includes(-1)) throw new Error("broken");
        return items.map((item) =>
          outcomeOf(() => {
            if (item % 100 === 33) throw new RangeError(`not ${item}`);
            rows.put(utf8(`item ${item}`), utf8(`${item}`));
            return `made ${item}`;
          }),
        );
      },
      onStored: () => {
        groups.stored += 1;
      },
    });
    const groups = { store, commit, sizes, stored: 0 };
    try {
      await use(groups);
    } finally {
      await store.close();
    }
  });
}

const textOf = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString();

test("items of a moment share a batch in their order, and each hears of its own outcome when it is on disk", async () => {
  await withGroups(async (groups) => {
    const { store, commit, sizes } = groups;
    const heard: number[] = [];
    const outcomes = Array.from({ length: 3000 }, async (_, item) => {
      try {
        const result = await commit.add(item);
        expect(textOf(store.get(utf8(`item ${item}`)))).toBe(`${item}`);
        expect(result).toBe(`made ${item}`);
      } catch (error) {
        expect(error).toMatchObject({ message: `not ${item}` });
        expect(store.get(utf8(`item ${item}`))).toBeUndefined();
        expect(item % 100).toBe(33);
      }
      heard.push(item);
    });
    await Promise.all(outcomes);
    expect(heard).toHaveLength(3000);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(3000);
    expect(sizes.length).toBeLessThan(10);
    expect(groups.stored).toBe(sizes.length);
  });
});

test("what breaks a group refuses all of it, stores nothing of it, and the next one goes on", async () => {
  await withGroups(async ({ store, commit }) => {
    const all = await Promise.allSettled([1, -1, 2].map((item) => commit.add(item)));
    expect(all.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(store.get(utf8("item 1"))).toBeUndefined();
    expect(await commit.add(3)).toBe("made 3");
  });
});

test("items that come before the store closes are stored when drained; later ones are refused", async () => {
  await withGroups(async ({ store, commit }) => {
    const waiting = Promise.all(Array.from({ length: 2000 }, (_, i) => commit.add(100 * i)));
    await commit.drain();
    await store.close();
    expect(await waiting).toHaveLength(2000);
    const refused = await Promise.allSettled([1, 2].map((item) => commit.add(item)));
    for (const outcome of refused) {
      expect(outcome.status).toBe("rejected");
      expect(errorCode((outcome as PromiseRejectedResult).reason)).toBe("store_unavailable");
    }
  });
});
