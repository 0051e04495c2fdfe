import { learningRateAt } from "../../../src/moe/training/optimizer/schedule.ts";

test("the rate rises in equal steps, then follows half a cosine to the lowest share", () => {
  const schedule = { learningRate: 2, warmupSteps: 4, totalSteps: 14, lowestShare: 0.1 };
  const rates = Array.from({ length: 16 }, (_, i) => learningRateAt(schedule, i + 1));
  expect(rates.slice(0, 4)).toEqual([0.5, 1, 1.5, 2]);
  expect(rates[8]).toBeCloseTo(2 * (0.1 + 0.9 / 2), 12);
  expect(rates[13]).toBeCloseTo(0.2, 12);
  expect(rates[15]).toBeCloseTo(0.2, 12);
  for (let i = 4; i < 14; i++) expect(rates[i]!).toBeLessThan(rates[i - 1]!);
});

test("without a number of steps the rate stays after the warm-up", () => {
  expect([1, 2, 3, 100].map((step) => learningRateAt({ learningRate: 1, warmupSteps: 2 }, step))).toEqual([
    0.5, 1, 1, 1,
  ]);
  expect(learningRateAt({ learningRate: 0.3 }, 1)).toBe(0.3);
});
