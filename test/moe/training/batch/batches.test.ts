import fc from "fast-check";
import { type Batch, checkBatch, countTargets, splitBatch } from "../../../../src/moe/training/batch/batch.ts";
import { documentBatches } from "../../../../src/moe/training/batch/documentBatches.ts";
import { microBatches } from "../../../../src/moe/training/batch/microBatches.ts";
import { type Document, packedBatches } from "../../../../src/moe/training/batch/packedBatches.ts";
import { sequenceBatches } from "../../../../src/moe/training/batch/sequenceBatches.ts";

const VOCAB = 50;

const cases: readonly (readonly [string, Batch, string])[] = [
  ["no sequence", { sequences: [] }, "corpus_empty"],
  ["one token", { sequences: [[1, 2], [3]] }, "corpus_too_short"],
  ["a token outside the vocabulary", { sequences: [[1, VOCAB]] }, "token_out_of_range"],
  ["a negative token", { sequences: [[-1, 2]] }, "token_out_of_range"],
  ["a token that is no integer", { sequences: [[1.5, 2]] }, "token_out_of_range"],
  [
    "marks for fewer sequences",
    {
      sequences: [
        [1, 2],
        [3, 4],
      ],
      targets: [[true, true]],
    },
    "batch_invalid",
  ],
  ["marks of another length", { sequences: [[1, 2]], targets: [[true]] }, "batch_invalid"],
  ["no target", { sequences: [[1, 2]], targets: [[true, false]] }, "corpus_too_short"],
];

test.each(cases)("a batch with %s is refused", (_, batch, code) => {
  expect(() => checkBatch(batch, VOCAB)).toThrow(expect.objectContaining({ code }));
});

test("a split keeps every sequence once and in order, in at most so many parts, none of them empty", () => {
  const sequence = fc.array(fc.integer({ min: 0, max: VOCAB - 1 }), { minLength: 2, maxLength: 40 });
  fc.assert(
    fc.property(fc.array(sequence, { minLength: 1, maxLength: 20 }), fc.integer({ min: 1, max: 6 }), (list, count) => {
      const targets = list.map((tokens) => tokens.map((token) => token % 2 === 0));
      const parts = splitBatch({ sequences: list, targets }, count);
      expect(parts.length).toBeLessThanOrEqual(count);
      expect(parts.every((part) => part.sequences.length > 0)).toBe(true);
      expect(parts.flatMap((part) => part.sequences)).toEqual(list);
      expect(parts.flatMap((part) => part.targets)).toEqual(targets);
      expect(parts.reduce((sum, part) => sum + countTargets(part), 0)).toBe(countTargets({ sequences: list, targets }));
    }),
    { numRuns: 200 },
  );
});

test("equal sequences are shared out evenly", () => {
  const sequences = Array.from({ length: 8 }, () => [1, 2, 3]);
  expect(splitBatch({ sequences }, 3).map((part) => part.sequences.length)).toEqual([3, 2, 3]);
  expect(splitBatch({ sequences }, 2).map((part) => part.sequences.length)).toEqual([4, 4]);
});

function documents(count: number): Document[] {
  return Array.from({ length: count }, (_, i) => {
    const tokens = Array.from({ length: 2 + ((i * 7) % 23) }, (_, j) => (i * 31 + j) % VOCAB);
    return i % 3 === 0 ? { tokens } : { tokens, targets: tokens.map((_, j) => j > 1) };
  });
}

const series = {
  packed: () => packedBatches(documents(60), { length: 16, sequences: 3, seed: 5 }),
  documents: () => documentBatches(documents(60), { positions: 64, maxLength: 20, seed: 5 }),
  sequences: () =>
    sequenceBatches(
      documents(10).map(({ tokens }) => tokens),
      { perStep: 3, seed: 5 },
    ),
};

test.each(Object.entries(series))("%s: the batch of a step depends on nothing that came before", (_, make) => {
  const [forward, backward] = [make(), make()];
  const steps = Array.from({ length: 3 * forward.stepsPerEpoch }, (_, i) => i + 1);
  const there = steps.map((step) => forward.batch(step));
  const back = steps.toReversed().map((step) => backward.batch(step));
  expect(back.reverse()).toEqual(there);
  for (const batch of there) checkBatch(batch, VOCAB);
  expect(there.slice(0, forward.stepsPerEpoch)).not.toEqual(
    there.slice(forward.stepsPerEpoch, 2 * forward.stepsPerEpoch),
  );
});

test("joined documents fill every position, and an epoch has each token at most once", () => {
  const all = documents(60);
  const { stepsPerEpoch, batch } = series.packed();
  const used = Array.from({ length: stepsPerEpoch }, (_, i) => batch(i + 1).sequences).flat();
  expect(used.every((sequence) => sequence.length === 16)).toBe(true);
  const total = all.reduce((sum, { tokens }) => sum + tokens.length, 0);
  expect(used.length).toBe(3 * Math.floor(total / 48));
});

test("documents stay whole up to the limit, and batches within their number of positions", () => {
  const { stepsPerEpoch, batch } = series.documents();
  const batches = Array.from({ length: stepsPerEpoch }, (_, i) => batch(i + 1));
  const heads = batches.flatMap(({ sequences }) => sequences.map((tokens) => tokens.join(",")));
  const expected = documents(60).map(({ tokens }) => tokens.slice(0, 20).join(","));
  expect(heads.sort()).toEqual(expected.sort());
  for (const { sequences } of batches) {
    expect(sequences.length * Math.max(...sequences.map(({ length }) => length))).toBeLessThanOrEqual(64);
  }
});

test("an epoch of sequences has each of them once, and one step has all unless told otherwise", () => {
  const list = documents(10).map(({ tokens }) => tokens);
  const { stepsPerEpoch, batch } = sequenceBatches(list, { perStep: 3, seed: 5 });
  const used = Array.from({ length: stepsPerEpoch }, (_, i) => batch(i + 1).sequences).flat();
  expect(used.map(String).sort()).toEqual(list.map(String).sort());
  expect(sequenceBatches(list)).toHaveProperty("stepsPerEpoch", 1);
  expect(sequenceBatches(list).batch(7).sequences).toEqual(list);
  expect(() => sequenceBatches([])).toThrow(expect.objectContaining({ code: "corpus_empty" }));
  expect(() => sequenceBatches(list, { perStep: 0 })).toThrow(
    expect.objectContaining({ code: "training_option_invalid" }),
  );
});

test("micro-batches have all sequences in order, and at most so many positions unless one sequence alone has more", () => {
  const sequence = fc.array(fc.integer({ min: 0, max: VOCAB - 1 }), { minLength: 2, maxLength: 40 });
  const lists = fc.array(sequence, { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(lists, fc.integer({ min: 1, max: 100 }), (list, most) => {
      const targets = list.map((tokens) => tokens.map((token) => token % 2 === 0));
      const pieces = microBatches({ sequences: list, targets }, most);
      expect(pieces.flatMap((piece) => piece.sequences)).toEqual(list);
      expect(pieces.flatMap((piece) => piece.targets)).toEqual(targets);
      for (const { sequences } of pieces) {
        const positions = sequences.length * Math.max(...sequences.map(({ length }) => length));
        expect(sequences.length > 0 && (sequences.length === 1 || positions <= most)).toBe(true);
      }
    }),
    { numRuns: 200 },
  );
});

test("a corpus that is empty or too short is refused", () => {
  const packed = { length: 16, sequences: 4, seed: 1 };
  expect(() => packedBatches([], packed)).toThrow(expect.objectContaining({ code: "corpus_empty" }));
  expect(() => packedBatches([{ tokens: [1, 2, 3] }], packed)).toThrow(
    expect.objectContaining({ code: "corpus_too_short", data: { tokens: 3, needed: 64 } }),
  );
  const options = { positions: 64, maxLength: 16, seed: 1 };
  expect(() => documentBatches([{ tokens: [1] }], options)).toThrow(expect.objectContaining({ code: "corpus_empty" }));
});
