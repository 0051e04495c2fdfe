import fc from "fast-check";
import { EXP_CUT, expOfNegative } from "../../../src/moe/sampling/exponential.ts";

test("the fast exponential is within 1e-14 of Math.exp, exactly 1 at 0, and 0 below the cut", () => {
  fc.assert(
    fc.property(fc.double({ min: EXP_CUT, max: 0, minExcluded: true, noNaN: true }), (x) => {
      expect(Math.abs(expOfNegative(x) / Math.exp(x) - 1)).toBeLessThan(1e-14);
    }),
    { numRuns: 20_000 },
  );
  expect([expOfNegative(0), expOfNegative(-0)]).toEqual([1, 1]);
  for (const x of [EXP_CUT, -1000, -3.4e38, Number.NEGATIVE_INFINITY]) expect(expOfNegative(x)).toBe(0);
});
