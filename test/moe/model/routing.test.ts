/** The rules by which routers choose. */
import fc from "fast-check";
import { route } from "../../../src/moe/model/routing.ts";
import type { RouterSpec } from "../../../src/moe/model/spec.ts";

const SOFTMAX: RouterSpec = { kind: "softmax", normalise: false, scale: 1, groups: undefined };

const logitRows = fc.integer({ min: 1, max: 5 }).chain((rows) =>
  fc.integer({ min: 2, max: 16 }).chain((experts) =>
    fc.record({
      experts: fc.constant(experts),
      perToken: fc.integer({ min: 1, max: experts }),
      // Adding 0 turns minus zero into zero: the two are equal as logits, but not for `toEqual`.
      logits: fc.array(
        fc.float({ min: -30, max: 30, noNaN: true }).map((logit) => logit + 0),
        { minLength: rows * experts, maxLength: rows * experts },
      ),
    }),
  ),
);

const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((total, value) => total + value, 0);

test("every row gets distinct experts with the highest logits, best first", () => {
  fc.assert(
    fc.property(logitRows, ({ experts, perToken, logits }) => {
      for (const router of [SOFTMAX, { kind: "top-softmax", bias: false }] satisfies RouterSpec[]) {
        const routing = route(router, experts, perToken, Float32Array.from(logits));
        for (let row = 0; row < logits.length / experts; row++) {
          const own = Float32Array.from(logits.slice(row * experts, (row + 1) * experts));
          const chosen = [...routing.experts.subarray(row * perToken, (row + 1) * perToken)];
          expect(new Set(chosen).size).toBe(perToken);
          expect(chosen.map((expert) => own[expert])).toEqual([...own.toSorted()].reverse().slice(0, perToken));
        }
      }
    }),
    { numRuns: 200 },
  );
});

test("weights are probabilities; renormalised ones, and those of a softmax over the chosen, add up to one", () => {
  fc.assert(
    fc.property(logitRows, ({ experts, perToken, logits }) => {
      const values = Float32Array.from(logits);
      const rows = logits.length / experts;
      const weightsOf = (router: RouterSpec): Float32Array => route(router, experts, perToken, values).weights;
      const plain = weightsOf(SOFTMAX);
      expect(plain.every((weight) => weight >= 0 && weight <= 1)).toBe(true);
      const scaled = weightsOf({ ...SOFTMAX, scale: 2.5 });
      for (let i = 0; i < plain.length; i++) expect(scaled[i]).toBeCloseTo(2.5 * (plain[i] as number), 5);
      const normalised = weightsOf({ ...SOFTMAX, normalise: true });
      const top = weightsOf({ kind: "top-softmax", bias: false });
      for (let row = 0; row < rows; row++) {
        const own = (all: Float32Array): Float32Array => all.subarray(row * perToken, (row + 1) * perToken);
        expect(sum(own(plain))).toBeLessThanOrEqual(1 + 1e-6);
        expect(sum(own(normalised))).toBeCloseTo(1, 5);
        // Renormalising a softmax and taking the softmax of the chosen are the same.
        for (let i = 0; i < perToken; i++) expect(own(top)[i]).toBeCloseTo(own(normalised)[i] as number, 5);
      }
    }),
    { numRuns: 200 },
  );
});

test("grouped routing chooses from the best groups only", () => {
  // Groups of two: their best experts are 0.9, 0.8, 0.7 and 0.1 in logits.
  const logits = Float32Array.of(0.9, -1, 0.8, -1, 0.7, 0.6, 0.1, 0);
  const groups = { count: 4, chosen: 2 };
  const routing = route({ ...SOFTMAX, groups }, 8, 3, logits);
  expect([...routing.experts]).toEqual([0, 2, 1]);
});

test("the correction steers a sigmoid router's choice but is no part of its weights", () => {
  const router: RouterSpec = { kind: "sigmoid", normalise: false, scale: 1, groups: { count: 1, chosen: 1 } };
  const logits = Float32Array.of(2, 1, 0, -1);
  const correction = Float32Array.of(0, 0, 0, 5);
  expect([...route(router, 4, 2, logits).experts]).toEqual([0, 1]);
  const steered = route(router, 4, 2, logits, correction);
  expect([...steered.experts]).toEqual([3, 0]);
  expect(steered.weights[0]).toBeCloseTo(1 / (1 + Math.E), 6);
  const normalised = route({ ...router, normalise: true, scale: 2 }, 4, 2, logits, correction);
  expect(sum(normalised.weights)).toBeCloseTo(2, 6);
});

test("a group of a sigmoid router counts as the sum of its two best", () => {
  const router: RouterSpec = { kind: "sigmoid", normalise: false, scale: 1, groups: { count: 2, chosen: 1 } };
  // The best single expert is in the first group, the best pair in the second.
  expect([...route(router, 4, 1, Float32Array.of(3, -9, 2, 2)).experts]).toEqual([2]);
});

test("an expert outside the chosen groups is never taken, not even before one whose corrected score is negative", () => {
  const router: RouterSpec = { kind: "sigmoid", normalise: false, scale: 1, groups: { count: 2, chosen: 1 } };
  const correction = Float32Array.of(0.5, -3, -4, -4);
  expect([...route(router, 4, 2, Float32Array.of(1, 1, 1, 1), correction).experts]).toEqual([0, 1]);
});

test("sparsemixer weighs each choice among the logits near it", () => {
  const router: RouterSpec = { kind: "sparsemixer", jitter: 0.1 };
  const far = route(router, 3, 2, Float32Array.of(10, 5, 1));
  expect([...far.experts]).toEqual([0, 1]);
  expect([...far.weights]).toEqual([1, 1]);
  const near = route(router, 3, 2, Float32Array.of(1, 0.9, -4));
  expect(near.weights[0]).toBeCloseTo(1 / (1 + Math.exp(-0.1)), 6);
  expect(near.weights[1]).toBe(1);
});

test("equal logits choose the expert with the lower number", () => {
  expect([...route(SOFTMAX, 4, 2, Float32Array.of(1, 1, 1, 1)).experts]).toEqual([0, 1]);
});

test("logits that are not finite are refused, naming the row", () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    expect(() => route(SOFTMAX, 2, 1, Float32Array.of(0, 1, 2, bad))).toThrow(
      expect.objectContaining({ code: "router_not_finite", data: { row: 1 } }),
    );
  }
});
