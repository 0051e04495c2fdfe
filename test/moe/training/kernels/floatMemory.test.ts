import fc from "fast-check";
import { FloatMemory, type SharedFloats } from "../../../../src/moe/training/kernels/floatMemory.ts";
import { createWasmMemory } from "../../../../src/moe/training/kernels/webAssembly.ts";
import { adamwFactors, adamwSettings } from "../../../../src/moe/training/optimizer/adamw.ts";
import { RandomSource } from "../../../../src/moe/training/random.ts";

const memory = new FloatMemory(createWasmMemory());

function random(length: number, label: string, deviation = 1): SharedFloats {
  const values = memory.allocate(length);
  values.set(new RandomSource(3, label).normal(length, deviation));
  return values;
}

/** The largest difference, relative to the largest expected value. */
function difference(got: Float32Array, expected: readonly number[]): number {
  const scale = Math.max(...expected.map(Math.abs), 1e-30);
  return Math.max(...got.map((value, i) => Math.abs(value - (expected[i] as number)))) / scale;
}

test("scaled sums are those of plain loops, for sources inside and outside the memory", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.boolean(), (length, inside) => {
      const target = random(length, "target");
      const source = inside ? random(length, "source") : new RandomSource(3, "source").normal(length, 1);
      const expected = Array.from(target, (value, i) => value + 0.375 * (source[i] as number));
      memory.addScaled(target, source, 0.375);
      expect(difference(target, expected)).toBeLessThan(1e-6);
    }),
    { numRuns: 40 },
  );
});

test("a sum of squares is taken in double precision", () => {
  const values = random(100_003, "squares");
  const expected = values.reduce((sum, value) => sum + value * value, 0);
  expect(memory.sumOfSquares(values)).toBeCloseTo(expected, 6);
});

test.each([4, 12, 7])("rows of %d elements are added where their numbers say, repeated ones too", (width) => {
  const target = random(9 * width, "rows");
  const source = new RandomSource(5, "source").normal(5 * width, 1);
  const rows = Int32Array.of(8, 0, 3, 8, 8);
  const expected = Array.from(target);
  for (const [i, row] of rows.entries()) {
    for (let j = 0; j < width; j++) expected[row * width + j]! += -2 * (source[i * width + j] as number);
  }
  memory.scatterAddRows(target, source, rows, width, -2);
  expect(difference(target, expected)).toBeLessThan(1e-6);
});

test("AdamW is the published formula", () => {
  const arrays = {
    weights: random(1003, "weights"),
    gradients: random(1003, "gradients", 0.1),
    first: random(1003, "first", 0.01),
    second: memory.allocate(1003),
  };
  arrays.second.set(random(1003, "second", 0.01).map((value) => value * value));
  const settings = adamwSettings({ betas: [0.8, 0.95], epsilon: 1e-6, weightDecay: 0.1 });
  const [lr, step, scale] = [0.02, 3, 0.5];
  const { weights, gradients, first, second } = arrays;
  const expected = Array.from(weights, (weight, i) => {
    const g = scale * (gradients[i] as number);
    const m = 0.8 * (first[i] as number) + 0.2 * g;
    const v = 0.95 * (second[i] as number) + 0.05 * g * g;
    const mean = m / (1 - 0.8 ** step);
    const root = Math.sqrt(v / (1 - 0.95 ** step));
    return { weight: weight * (1 - lr * 0.1) - (lr * mean) / (root + 1e-6), m, v };
  });
  memory.adamw(arrays, adamwFactors({ settings, learningRate: lr, step, gradientScale: scale }, true));
  expect(
    difference(
      weights,
      expected.map((one) => one.weight),
    ),
  ).toBeLessThan(1e-6);
  expect(
    difference(
      first,
      expected.map((one) => one.m),
    ),
  ).toBeLessThan(1e-6);
  expect(
    difference(
      second,
      expected.map((one) => one.v),
    ),
  ).toBeLessThan(1e-6);
});

test("parts that do not decay keep their size without a gradient", () => {
  const arrays = {
    weights: random(8, "still"),
    gradients: memory.allocate(8),
    first: memory.allocate(8),
    second: memory.allocate(8),
  };
  const before = Array.from(arrays.weights);
  const step = { settings: adamwSettings({ weightDecay: 0.5 }), learningRate: 0.1, step: 1, gradientScale: 1 };
  memory.adamw(arrays, adamwFactors(step, false));
  expect(Array.from(arrays.weights)).toEqual(before);
  memory.adamw(arrays, adamwFactors(step, true));
  expect(
    difference(
      arrays.weights,
      before.map((value) => 0.95 * value),
    ),
  ).toBeLessThan(1e-6);
});

test("growing the memory leaves older arrays as they are", () => {
  const values = random(64, "older");
  const before = Array.from(values);
  memory.allocate(10_000_000);
  memory.addScaled(values, new Float32Array(64));
  expect(Array.from(values)).toEqual(before);
});
