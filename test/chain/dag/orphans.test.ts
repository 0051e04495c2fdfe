import { hashOf, SampleModel } from "../../../scripts/support/sampleModel.ts";
import { floodWithOrphans } from "../../../scripts/torture/chain/orphanFlood.ts";
import type { Block } from "../../../src/chain/block/block.ts";
import { Orphans } from "../../../src/chain/dag/orphans.ts";
import { MAX_ORPHAN_BYTES, MAX_ORPHANS, MAX_ORPHANS_PER_PEER, ORPHAN_TTL_MS } from "../../../src/chain/limits.ts";
import { toHex } from "../../../src/core/bytes.ts";
import { manualClock } from "../../../src/core/clock.ts";

const model = new SampleModel();
const first = model.firstVersion("head");
const parentOf = (i: number) => hashOf(`missing parent ${i}`);

/** The orphan number `i`, without a valid signature: nobody looks at it here. */
function orphan(i: number): Block {
  const id = hashOf(`orphan ${i}`);
  return { ...first, id, idHex: toHex(id) };
}

test("a peer holds its share at most, and gives up its own oldest orphan for a new one", () => {
  const orphans = new Orphans(manualClock());
  for (let i = 0; i < MAX_ORPHANS_PER_PEER + 10; i++) expect(orphans.add(orphan(i), [parentOf(i)], "a")).toBe(true);
  expect(orphans.size).toBe(MAX_ORPHANS_PER_PEER);
  expect(orphans.takeChildren(toHex(parentOf(9)))).toEqual([]);
  expect(orphans.takeChildren(toHex(parentOf(10)))).toHaveLength(1);
});

test("all together hold a fixed number, and nobody's orphan makes room for another peer's", () => {
  const orphans = new Orphans(manualClock());
  for (let peer = 0; peer < 30; peer++) {
    for (let i = 0; i < 3 * MAX_ORPHANS_PER_PEER; i++)
      orphans.add(orphan(peer * 1000 + i), [parentOf(peer)], `${peer}`);
  }
  expect(orphans.size).toBe(MAX_ORPHANS);
  expect(orphans.bytes).toBeLessThanOrEqual(MAX_ORPHAN_BYTES);
  // The first ten peers filled the room; none of them lost its newest to a later peer.
  for (let peer = 0; peer < 10; peer++) {
    expect(orphans.takeChildren(toHex(parentOf(peer)))).toHaveLength(MAX_ORPHANS_PER_PEER);
  }
  expect([orphans.size, orphans.bytes]).toEqual([0, 0]);
});

test("an orphan that an honest peer gave stays, though a flooding peer had given it first", () => {
  const orphans = new Orphans(manualClock());
  orphans.add(orphan(0), [parentOf(0)], "flooder");
  orphans.add(orphan(0), [parentOf(0)], "honest");
  for (let i = 1; i <= 2 * MAX_ORPHANS_PER_PEER; i++) orphans.add(orphan(i), [parentOf(i)], "flooder");
  const [kept] = orphans.takeChildren(toHex(parentOf(0)));
  expect([...kept!.peers]).toEqual(["honest"]);
});

test("what several peers give counts once in all, and against each one's share", () => {
  const orphans = new Orphans(manualClock());
  for (let i = 0; i < MAX_ORPHANS_PER_PEER; i++) {
    for (const peer of ["a", "b", "c"]) orphans.add(orphan(i), [parentOf(i)], peer);
  }
  const before = orphans.bytes;
  expect(orphans.size).toBe(MAX_ORPHANS_PER_PEER);
  orphans.add(orphan(1000), [parentOf(1000)], "a");
  expect(orphans.size).toBe(MAX_ORPHANS_PER_PEER + 1);
  for (const peer of ["b", "c"]) orphans.add(orphan(1000), [parentOf(1000)], peer);
  expect([orphans.size, orphans.bytes]).toEqual([MAX_ORPHANS_PER_PEER, before]);
});

test("orphans expire by the monotonic clock, whatever the wall clock does, and the accounts return to zero", () => {
  const clock = manualClock();
  const orphans = new Orphans(clock);
  for (let i = 0; i < 500; i++) orphans.add(orphan(i), [parentOf(i), parentOf(i + 1)], `${i % 7}`);
  clock.setNow(clock.nowMs() + 10 * ORPHAN_TTL_MS);
  orphans.expire();
  expect(orphans.size).toBe(500);
  clock.setNow(0);
  clock.advance(ORPHAN_TTL_MS - 1);
  orphans.expire();
  expect(orphans.size).toBe(500);
  clock.advance(1);
  orphans.expire();
  expect([orphans.size, orphans.bytes]).toEqual([0, 0]);
  for (let i = 0; i <= 500; i++) expect(orphans.takeChildren(toHex(parentOf(i)))).toEqual([]);
  // The shares are free again too.
  for (let i = 0; i < MAX_ORPHANS_PER_PEER; i++) orphans.add(orphan(i), [parentOf(0)], "0");
  expect(orphans.size).toBe(MAX_ORPHANS_PER_PEER);
});

test("an orphan that waits for two parents is found by either, once", () => {
  const orphans = new Orphans(manualClock());
  orphans.add(orphan(0), [parentOf(0), parentOf(1)], "a");
  expect(orphans.takeChildren(toHex(parentOf(1)))).toHaveLength(1);
  expect(orphans.takeChildren(toHex(parentOf(0)))).toEqual([]);
});

test("a flood of signed orphans leaves those of an honest peer alone, and they are stored when their parent comes", async () => {
  const report = await floodWithOrphans({ fromOne: 2000, peers: 15, fromEach: 150, honest: 60 });
  expect(report).toMatchObject({
    honestStored: 60,
    mostFromOne: MAX_ORPHANS_PER_PEER,
    sizeAfterExpiry: 0,
    bytesAfterExpiry: 0,
  });
  expect(report.mostHeld).toBeLessThanOrEqual(MAX_ORPHANS);
  expect(report.mostBytes).toBeLessThanOrEqual(MAX_ORPHAN_BYTES);
});
