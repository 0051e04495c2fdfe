import fc from "fast-check";
import { Ledger } from "../../src/chain/ledger/ledger.ts";
import { toHex } from "../../src/core/bytes.ts";
import { systemClock } from "../../src/core/clock.ts";
import { errorCode } from "../../src/core/errors.ts";
import { ExpertIndex } from "../../src/node/services/expertIndex.ts";
import { pageOfSlots, pageOfVersions } from "../../src/node/services/expertPages.ts";
import { NodeExpertService } from "../../src/node/services/expertService.ts";
import { Rewards } from "../../src/node/services/rewards.ts";
import { scriptedNode } from "../api/support/scriptedNode.ts";
import { withServer } from "../api/support/withServer.ts";
import { addBlocks, ask, betterExpert, withBench } from "./support.ts";

interface Got<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** All pages, one after the other; `between` is told how many came so far. */
function walk<T>(read: (cursor?: string) => Got<T>, between: (count: number) => void = () => undefined): T[] {
  const found: T[] = [];
  for (let cursor: string | undefined; ; ) {
    const { items, nextCursor } = read(cursor);
    found.push(...items);
    between(found.length);
    if (nextCursor === null) return found;
    expect(items.length).toBeGreaterThan(0);
    cursor = nextCursor;
  }
}

const codeOf = (action: () => unknown): unknown => {
  try {
    return action();
  } catch (error) {
    return errorCode(error);
  }
};

test("pages of experts have each one once, by layer and number, whatever the limit", () => {
  const shape = fc.record({ layers: fc.integer({ min: 0, max: 13 }), experts: fc.integer({ min: 1, max: 13 }) });
  fc.assert(
    fc.property(shape, fc.integer({ min: 1, max: 30 }), ({ layers, experts }, limit) => {
      const slots = Array.from(
        { length: layers * experts },
        (_, i) => `layer${Math.floor(i / experts)}.expert${i % experts}`,
      );
      const read = (cursor?: string) => pageOfSlots(slots, { limit, ...(cursor !== undefined && { cursor }) });
      expect(walk(read)).toEqual(slots);
    }),
    { numRuns: 200 },
  );
});

test("pages of versions have each one once that is there all the time, although others come and the order is another", () => {
  const id = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toHex);
  fc.assert(
    fc.property(
      fc.uniqueArray(id, { minLength: 1, maxLength: 40 }),
      fc.uniqueArray(id, { maxLength: 10 }),
      fc.integer({ min: 1, max: 12 }),
      (lasting, later, limit) => {
        let versions = lasting.map((block) => ({ block }));
        const found = walk(
          (cursor) => pageOfVersions(versions, { limit, ...(cursor !== undefined && { cursor }) }),
          (count) => {
            const block = later[count % Math.max(1, later.length)];
            if (block !== undefined && !versions.some((one) => one.block === block)) versions.push({ block });
            versions = versions.toReversed();
          },
        ).map(({ block }) => block);
        expect(new Set(found).size).toBe(found.length);
        expect(lasting.filter((block) => !found.includes(block))).toEqual([]);
      },
    ),
    { numRuns: 200 },
  );
});

test.each(["", "x", "layer0", "layer0.router", "layer01.expert0", "0".repeat(64)])(
  "the cursor %j is none of experts",
  (cursor) => {
    expect(codeOf(() => pageOfSlots(["layer0.expert0"], { cursor, limit: 5 }))).toBe("bad_cursor");
  },
);

test.each(["", "x", "layer0.expert0", "F".repeat(64)])("the cursor %j is none of versions", (cursor) => {
  expect(codeOf(() => pageOfVersions([], { cursor, limit: 5 }))).toBe("bad_cursor");
});

test("over HTTP: experts, rewards and an expert's versions come in pages, and refuse other cursors", () =>
  withBench({}, async (bench) => {
    const { chain, usageStore, usage, models, folder } = bench;
    const clock = systemClock;
    const ledger = await Ledger.open(`${folder}/ledger`, { clock, minFreeBytes: 0 });
    try {
      const index = new ExpertIndex(chain, usageStore, () => models.runner?.state);
      const rewards = new Rewards({ chain, ledger, index, clock });
      const experts = new NodeExpertService({ index, rewards, ledger, usage });
      await ask(bench.chat, {});
      const { slot } = (await experts.top(1))[0]!;
      await addBlocks(chain, await betterExpert(bench, slot, 1.01));
      await models.runner!.refresh();
      await ask(bench.chat, {});
      await withServer({ services: { ...scriptedNode(), experts } }, async ({ get }) => {
        const json = async (path: string) => (await (await get(path)).json()) as Record<string, unknown>;
        const follow = async (path: string, name: string): Promise<Record<string, unknown>[]> => {
          const found: Record<string, unknown>[] = [];
          for (let cursor = ""; ; ) {
            const page = await json(`${path}?limit=3${cursor === "" ? "" : `&cursor=${cursor}`}`);
            const items = page[name] as Record<string, unknown>[];
            expect(items.length).toBeLessThanOrEqual(3);
            found.push(...items);
            if (page.next_cursor === null) return found;
            cursor = page.next_cursor as string;
          }
        };
        const all = index.slots();
        expect(all.length).toBeGreaterThan(3);
        for (const path of ["/experts", "/experts/rewards"]) {
          expect((await follow(path, "items")).map((each) => each.slot)).toEqual(all);
          expect((await get(`${path}?cursor=zzz`)).status).toBe(400);
        }
        const stats = await json(`/experts/stats/${slot}?limit=1`);
        expect(stats).toMatchObject({ slot, version_count: 2, next_cursor: expect.any(String) });
        expect(stats).toMatchObject({ versions: [{ block: expect.any(String) }] });
        const versions = await follow(`/experts/stats/${slot}`, "versions");
        expect(versions).toHaveLength(2);
        expect(new Set(versions.map(({ block }) => block)).size).toBe(2);
        expect((await get(`/experts/stats/${slot}?cursor=zzz`)).status).toBe(400);
        expect((await get(`/experts/stats/${slot}?limit=1001`)).status).toBe(400);
      });
    } finally {
      await ledger.close();
    }
  }));

test("over HTTP a page has at most 50 unless another limit is asked for", () => {
  const node = scriptedNode();
  const asked: number[] = [];
  const list: typeof node.experts.list = async ({ limit }) => {
    asked.push(limit);
    return { items: [], nextCursor: null };
  };
  return withServer({ services: { ...node, experts: { ...node.experts, list } } }, async ({ get }) => {
    await get("/experts");
    await get("/experts?limit=1000");
    expect(asked).toEqual([50, 1000]);
  });
});
