import fc from "fast-check";
import { aggregate, MAX_WORKERS } from "../../../../src/moe/distributed/federated/aggregate.ts";
import { normOf, zerosLike } from "../../../../src/moe/distributed/federated/tensorSet.ts";
import type { ExpertUpdate, RoundState } from "../../../../src/moe/distributed/federated/update.ts";
import { aTensorSet, tensors, valuesOf } from "./tensors.ts";

const state: RoundState = { round: 3, weights: tensors({ up: [1, 2, 3], down: [4] }) };

function update(worker: string, samples: number, up: readonly number[], down: number): ExpertUpdate {
  return { worker, round: 3, samples, change: tensors({ up, down: [down] }) };
}

const samplesByWorker = new Map([
  ["a", 100],
  ["b", 300],
  ["c", 1e9],
]);

test("the mean is weighted by samples, and the round counts on", () => {
  const updates = [update("a", 100, [4, 0, 0], 1), update("b", 300, [0, 4, 0], 1)];
  const { state: next, accepted } = aggregate(state, updates, { samplesByWorker });
  expect(valuesOf(next.weights)).toEqual([1 + 1, 2 + 3, 3, 5]);
  expect(next.round).toBe(4);
  expect(accepted.map(({ share }) => share)).toEqual([0.25, 0.75]);
});

test("the result does not depend on the order in which updates arrive, and the state that goes in is not changed", () => {
  const arrived = fc.array(fc.record({ samples: fc.integer({ min: 1, max: 100 }), change: aTensorSet }), {
    minLength: 1,
    maxLength: 6,
  });
  fc.assert(
    fc.property(arrived, aTensorSet, fc.infiniteStream(fc.nat()), (list, weights, keys) => {
      const registered = new Map(list.map(({ samples }, i) => [`w${i}`, samples]));
      const updates = list.map(({ samples, change }, i) => ({ worker: `w${i}`, round: 1, samples, change }));
      const order = updates.map((value) => ({ value, key: keys.next().value as number }));
      const shuffled = order.sort((a, b) => a.key - b.key).map(({ value }) => value);
      const before = valuesOf(weights);
      const first = aggregate({ round: 1, weights }, updates, { samplesByWorker: registered });
      const second = aggregate({ round: 1, weights }, shuffled, { samplesByWorker: registered });
      expect(valuesOf(second.state.weights)).toEqual(valuesOf(first.state.weights));
      expect(valuesOf(weights)).toEqual(before);
    }),
    { numRuns: 200 },
  );
});

test("a mean of changes within the cap lies within their range, element by element", () => {
  fc.assert(
    fc.property(fc.array(aTensorSet, { minLength: 1, maxLength: 8 }), aTensorSet, (changes, weights) => {
      const registered = new Map(changes.map((_, i) => [`w${i}`, 1 + i]));
      const updates = changes.map((change, i) => ({ worker: `w${i}`, round: 1, samples: 1 + i, change }));
      const options = { samplesByWorker: registered, maxNormRatio: Number.POSITIVE_INFINITY };
      const got = valuesOf(aggregate({ round: 1, weights }, updates, options).state.weights);
      for (const [i, from] of valuesOf(weights).entries()) {
        const own = changes.map((change) => valuesOf(change)[i] as number);
        expect(got[i]! - from).toBeGreaterThanOrEqual(Math.min(...own) - 1e-5);
        expect(got[i]! - from).toBeLessThanOrEqual(Math.max(...own) + 1e-5);
      }
    }),
    { numRuns: 200 },
  );
});

const good = update("a", 100, [1, 1, 1], 1);
const hostile: readonly (readonly [string, unknown, string])[] = [
  ["NaN", { ...update("b", 1, [1, Number.NaN, 1], 1) }, "update_not_finite"],
  ["infinity", update("b", 1, [1, Number.NEGATIVE_INFINITY, 1], 1), "update_not_finite"],
  ["a missing tensor", { ...good, worker: "b", change: tensors({ up: [1, 1, 1] }) }, "update_tensors_mismatch"],
  [
    "another name",
    { ...good, worker: "b", change: tensors({ up: [1, 1, 1], __proto__x: [1] }) },
    "update_tensors_mismatch",
  ],
  [
    "a longer tensor",
    { ...good, worker: "b", change: tensors({ up: [1, 1, 1, 1], down: [1] }) },
    "update_tensors_mismatch",
  ],
  ["an empty tensor", { ...good, worker: "b", change: tensors({ up: [], down: [1] }) }, "update_tensors_mismatch"],
  [
    "float64 values",
    {
      ...good,
      worker: "b",
      change: new Map<string, unknown>([
        ["up", new Float64Array(3)],
        ["down", Float32Array.of(1)],
      ]),
    },
    "update_tensors_mismatch",
  ],
  ["an object for a map", { ...good, worker: "b", change: { up: [1, 1, 1], down: [1] } }, "update_tensors_mismatch"],
  ["no change at all", { worker: "b", round: 3, samples: 1 }, "update_tensors_mismatch"],
  ["an older round", { ...good, worker: "b", round: 2 }, "update_round_mismatch"],
  ["0 samples", { ...good, worker: "b", samples: 0 }, "update_samples_invalid"],
  ["negative samples", { ...good, worker: "b", samples: -5 }, "update_samples_invalid"],
  ["half a sample", { ...good, worker: "b", samples: 0.5 }, "update_samples_invalid"],
  ["NaN samples", { ...good, worker: "b", samples: Number.NaN }, "update_samples_invalid"],
  ["more samples than it registered", { ...good, worker: "b", samples: 301 }, "update_samples_invalid"],
  ["a stranger", { ...good, worker: "z" }, "update_worker_unknown"],
  ["a second update", { ...good, change: tensors({ up: [9, 9, 9], down: [9] }) }, "update_duplicate"],
];

test.each(hostile)("an update with %s is refused with its code, and the others count", (_, bad, code) => {
  const { state: next, accepted, refused } = aggregate(state, [good, bad as ExpertUpdate], { samplesByWorker });
  expect(refused.map((entry) => entry.code)).toEqual([code]);
  expect(accepted.map(({ worker }) => worker)).toEqual(["a"]);
  expect(valuesOf(next.weights)).toEqual([2, 3, 4, 5]);
});

test("a change that would take a weight out of float32 is refused", () => {
  const large: RoundState = { round: 3, weights: tensors({ up: [3.4e38, 2, 3], down: [4] }) };
  const { refused } = aggregate(large, [good, update("b", 1, [3.4e38, 0, 0], 0)], { samplesByWorker });
  expect(refused.map(({ code }) => code)).toEqual(["update_not_finite"]);
});

test("one huge change among honest ones moves the mean by no more than the cap", () => {
  fc.assert(
    fc.property(fc.float({ min: 1e6, max: Math.fround(1e37), noNaN: true }), (size) => {
      const updates = [
        update("a", 100, [1, 0, 0], 0),
        update("b", 100, [0, 1, 0], 0),
        update("c", 100, [0, 0, size], 0),
      ];
      const { state: next, accepted } = aggregate(state, updates, { samplesByWorker });
      expect(next.weights.get("up")![2]! - 3).toBeCloseTo(10 / 3, 4);
      expect(accepted.map(({ changeScale }) => changeScale < 1)).toEqual([false, false, true]);
    }),
    { numRuns: 50 },
  );
});

test("stated samples count up to a cap", () => {
  const updates = [update("a", 100, [4, 0, 0], 0), update("c", 1e9, [0, 4, 0], 0)];
  const { accepted } = aggregate(state, updates, { samplesByWorker, maxSamples: 300 });
  expect(accepted.map(({ share }) => share)).toEqual([0.25, 0.75]);
});

test("an absolute cap holds whatever the median is", () => {
  const { state: next } = aggregate(state, [update("a", 1, [30, 40, 0], 0)], { samplesByWorker, maxChangeNorm: 5 });
  expect(valuesOf(next.weights)).toEqual([4, 6, 3, 4]);
});

test("changes of 0 leave the weights as they are, bit for bit", () => {
  const updates = [update("a", 1, [0, 0, 0], 0), update("b", 1, [0, 0, 0], 0)];
  expect(valuesOf(aggregate(state, updates, { samplesByWorker }).state.weights)).toEqual(valuesOf(state.weights));
});

test("without one usable update the round fails, and with too many none is read", () => {
  const wrong = { ...good, round: 1 };
  expect(() => aggregate(state, [wrong], { samplesByWorker })).toThrow(
    expect.objectContaining({
      code: "no_update_accepted",
      data: { refused: [expect.objectContaining({ worker: "a" })] },
    }),
  );
  expect(() => aggregate(state, [], { samplesByWorker })).toThrow(
    expect.objectContaining({ code: "no_update_accepted" }),
  );
  const unreadable = new Proxy(good, {
    get: () => {
      throw new Error("read");
    },
  });
  const flood = Array.from({ length: MAX_WORKERS + 1 }, () => unreadable);
  expect(() => aggregate(state, flood, { samplesByWorker })).toThrow(
    expect.objectContaining({ code: "too_many_updates" }),
  );
});

test("options out of range are refused by name", () => {
  for (const options of [
    { serverRate: 0 },
    { serverRate: Number.NaN },
    { serverRate: 11 },
    { maxSamples: 0 },
    { maxChangeNorm: -1 },
    { maxNormRatio: 0.5 },
  ]) {
    const argument = Object.keys(options)[0];
    expect(() => aggregate(state, [good], { samplesByWorker, ...options })).toThrow(
      expect.objectContaining({ code: "distributed_option_invalid", data: { argument } }),
    );
  }
});

test("SCAFFOLD: c stays the mean of all c_i weighted by samples, whoever takes part in a round", () => {
  const workers = ["a", "b", "c"] as const;
  const registered = new Map([
    ["a", 1],
    ["b", 2],
    ["c", 5],
  ]);
  const rounds = fc.array(
    fc.tuple(fc.subarray([...workers], { minLength: 1 }), fc.array(aTensorSet, { minLength: 3, maxLength: 3 })),
    {
      minLength: 1,
      maxLength: 6,
    },
  );
  fc.assert(
    fc.property(rounds, (list) => {
      let current: RoundState = { round: 1, weights: state.weights, control: zerosLike(state.weights) };
      const own = new Map(workers.map((worker) => [worker, valuesOf(zerosLike(state.weights))]));
      for (const [chosen, changes] of list) {
        const updates = chosen.map((worker, i) => ({
          worker,
          round: current.round,
          samples: registered.get(worker)!,
          change: zerosLike(state.weights),
          controlChange: changes[i]!,
        }));
        const { state: next, accepted } = aggregate(current, updates, { samplesByWorker: registered });
        for (const { worker, controlScale } of accepted) {
          const change = valuesOf(updates.find((one) => one.worker === worker)!.controlChange);
          const id = worker as (typeof workers)[number];
          own.set(
            id,
            own.get(id)!.map((value, i) => value + controlScale * change[i]!),
          );
        }
        current = next;
      }
      for (const [i, value] of valuesOf(current.control!).entries()) {
        const mean = workers.reduce((sum, worker) => sum + (registered.get(worker)! / 8) * own.get(worker)![i]!, 0);
        expect(value).toBeCloseTo(mean, 4);
      }
    }),
    { numRuns: 100 },
  );
});

test("SCAFFOLD: an update without a control variate, or with one that is not finite, is refused", () => {
  const scaffold: RoundState = { ...state, control: zerosLike(state.weights) };
  const whole = { ...update("b", 1, [0, 0, 0], 0), controlChange: tensors({ up: [1, 0, 0], down: [0] }) };
  const broken = { ...good, controlChange: tensors({ up: [Number.NaN, 0, 0], down: [0] }) };
  for (const [bad, code] of [
    [good, "update_tensors_mismatch"],
    [broken, "update_not_finite"],
  ] as const) {
    const { refused, state: next } = aggregate(scaffold, [bad, whole], { samplesByWorker });
    expect(refused.map((entry) => entry.code)).toEqual([code]);
    expect(normOf(next.control!)).toBeGreaterThan(0);
  }
});
