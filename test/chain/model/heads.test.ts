import fc from "fast-check";
import { Random } from "../../../scripts/support/random.ts";
import { randomHistory } from "../../../scripts/support/randomModel.ts";
import { SampleModel, signerOf } from "../../../scripts/support/sampleModel.ts";
import { type ArrivalPlan, checkOrderOfArrival } from "../../../scripts/torture/chain/orderOfArrival.ts";
import type { Block } from "../../../src/chain/block/block.ts";
import { compareLeaves, headsOf, medianOfQuorum } from "../../../src/chain/model/heads.ts";
import { toHex } from "../../../src/core/bytes.ts";

const plans = (beyondQuotas: boolean): fc.Arbitrary<ArrivalPlan> =>
  fc.record({
    seed: fc.integer(),
    blocks: fc.integer({ min: 1, max: 70 }),
    mostInBatch: fc.integer({ min: 1, max: 25 }),
    restarts: fc.constantFrom(0, 0.1, 0.5),
    beyondQuotas: fc.constant(beyondQuotas),
  });

test("any order of arrival, in any batches, with any restarts, gives the heads and the state root of the definition", async () => {
  await fc.assert(
    fc.asyncProperty(plans(false), async (plan) => {
      expect(await checkOrderOfArrival(plan)).toEqual([]);
    }),
    { numRuns: 30 },
  );
});

test("so do more contradictions and candidates than a node holds of one author", async () => {
  await fc.assert(
    fc.asyncProperty(plans(true), async (plan) => {
      expect(await checkOrderOfArrival(plan)).toEqual([]);
    }),
    { numRuns: 30 },
  );
});

test("the definition does not depend on the order in which it gets the blocks", () => {
  for (let seed = 1; seed <= 30; seed++) {
    const random = new Random(seed);
    const { model, blocks } = randomHistory(random, { blocks: 60 });
    const show = (all: readonly Block[]) =>
      [...headsOf(all, model.manifest)].map(([slot, { id, medianLoss }]) => [slot, toHex(id), medianLoss]).sort();
    expect(show(random.shuffle(blocks))).toEqual(show(blocks));
  }
});

test("a slot that has a head never loses it with more blocks", () => {
  for (let seed = 1; seed <= 30; seed++) {
    const { model, blocks } = randomHistory(new Random(seed), { blocks: 60 });
    let before = headsOf([], model.manifest);
    for (let count = 1; count <= blocks.length; count++) {
      const after = headsOf(blocks.slice(0, count), model.manifest);
      for (const slot of before.keys()) expect(after.has(slot)).toBe(true);
      before = after;
    }
  }
});

test("a version is adopted with the quorum's last vote and not before, whatever the improvement that is claimed", () => {
  const model = new SampleModel({ validators: 3, quorum: 2, smallestImprovement: 0.5, slots: ["head"] });
  const first = model.firstVersion("head");
  const candidate = model.candidate(first, { loss: 0.1 });
  const headOf = (...blocks: Block[]) => toHex(headsOf([first, candidate, ...blocks], model.manifest).get("head")!.id);
  const vote = (validator: number, loss: number) => model.attestation(candidate, validator, { loss });
  expect(headOf()).toBe(first.idHex);
  expect(headOf(vote(0, 2))).toBe(first.idHex);
  expect(headOf(vote(0, 2), vote(0, 1))).toBe(first.idHex);
  expect(headOf(vote(0, 2), vote(1, 2.6))).toBe(first.idHex);
  expect(headOf(vote(0, 2), vote(1, 2.5))).toBe(candidate.idHex);
  expect(headsOf([first, candidate, vote(0, 2), vote(1, 2.5)], model.manifest).get("head")!.medianLoss).toBe(2.25);
});

test("a quorum counts only when the improved version is adopted, and then at once", () => {
  const model = new SampleModel({ validators: 1, quorum: 1, slots: ["head"] });
  const first = model.firstVersion("head");
  const middle = model.candidate(first, { loss: 2 });
  const last = model.candidate(middle, { loss: 1, author: signerOf("another miner") });
  const head = (...blocks: Block[]) => toHex(headsOf([first, middle, last, ...blocks], model.manifest).get("head")!.id);
  expect(head(model.attestation(last, 0))).toBe(first.idHex);
  expect(head(model.attestation(last, 0), model.attestation(middle, 0))).toBe(last.idHex);
});

test("of several leaves the lowest median loss is the head, then the lowest id; first versions come last", () => {
  const id = (byte: number) => new Uint8Array(32).fill(byte);
  const leaves = [
    { id: id(1), medianLoss: Infinity },
    { id: id(9), medianLoss: 1 },
    { id: id(3), medianLoss: 1 },
    { id: id(0), medianLoss: 2 },
  ];
  expect(leaves.sort(compareLeaves).map((leaf) => leaf.id[0])).toEqual([3, 9, 0, 1]);
});

test("the median of an even number of votes lies between the middle ones, and without a quorum there is none", () => {
  const votes = [3, 1, 2, 10].map((loss) => ({ loss, id: new Uint8Array(32) }));
  expect(medianOfQuorum(votes, { quorum: 4, smallestImprovement: 0 })).toBe(2.5);
  expect(medianOfQuorum(votes.slice(0, 3), { quorum: 3, smallestImprovement: 0 })).toBe(2);
  expect(medianOfQuorum(votes, { quorum: 5, smallestImprovement: 0 })).toBeUndefined();
  expect(medianOfQuorum([], { quorum: 0, smallestImprovement: 0 })).toBeUndefined();
});
