import { route } from "../../../../src/moe/model/routing.ts";
import type { RouterSpec } from "../../../../src/moe/model/spec.ts";
import { RandomSource } from "../../../../src/moe/training/random.ts";
import { addBalanceGradient, balanceLoss, routerUse } from "../../../../src/moe/training/routing/loadBalance.ts";
import { addRouterGradient, rowShares } from "../../../../src/moe/training/routing/routerGradient.ts";

const EXPERTS = 8;
const ROWS = 40;

const routers: readonly (readonly [string, RouterSpec, number])[] = [
  ["softmax", { kind: "softmax", normalise: false, scale: 1, groups: undefined }, 3],
  ["normalised softmax", { kind: "softmax", normalise: true, scale: 1, groups: undefined }, 2],
  ["softmax in groups", { kind: "softmax", normalise: false, scale: 2.5, groups: { count: 4, chosen: 2 } }, 3],
  ["softmax of the chosen", { kind: "top-softmax", bias: true }, 3],
  ["sigmoid", { kind: "sigmoid", normalise: false, scale: 1.5, groups: { count: 2, chosen: 1 } }, 2],
  ["normalised sigmoid", { kind: "sigmoid", normalise: true, scale: 2.5, groups: { count: 2, chosen: 2 } }, 3],
  ["sparsemixer", { kind: "sparsemixer", jitter: 0.6 }, 2],
];

/** Logits in which no choice is closer than the step of the differences: then slopes are those of one choice. */
function clearLogits(): Float32Array {
  const random = new RandomSource(7, "logits");
  const rows = Array.from({ length: ROWS }, () =>
    Array.from(random.permutation(EXPERTS), (rank) => 0.31 * rank - 1 + 0.02 * random.next()),
  );
  return Float32Array.from(rows.flat());
}

test.each(routers)("%s: the gradient of routing weights is the slope of `route`", (_, router, perToken) => {
  const logits = clearLogits();
  const factors = Float32Array.from({ length: ROWS * perToken }, (_, i) => Math.cos(i));
  const routing = route(router, EXPERTS, perToken, logits);
  const out = new Float32Array(logits.length);
  const rows = { experts: EXPERTS, logits, shares: rowShares(logits, EXPERTS), routing };
  addRouterGradient(router, rows, factors, out);
  const value = (): number => {
    const { weights, experts } = route(router, EXPERTS, perToken, logits);
    expect(experts).toEqual(routing.experts);
    return weights.reduce((sum, weight, i) => sum + weight * (factors[i] as number), 0);
  };
  expectSlopes(logits, out, value, 1e-3);
});

test("the gradient of the balance loss is its slope with the counts held fixed", () => {
  const logits = clearLogits();
  const routing = route({ kind: "top-softmax", bias: false }, EXPERTS, 2, logits);
  const { counts } = routerUse(EXPERTS, routing.experts, rowShares(logits, EXPERTS));
  const out = new Float32Array(logits.length);
  addBalanceGradient(counts, ROWS, rowShares(logits, EXPERTS), 3, out);
  const value = (): number => {
    const { probabilities } = routerUse(EXPERTS, routing.experts, rowShares(logits, EXPERTS));
    return 3 * balanceLoss({ counts, probabilities }, ROWS);
  };
  expectSlopes(logits, out, value, 1e-2);
});

test("the balance loss is the number of experts per token when all are used alike, and more when they are not", () => {
  const even = { counts: new Float64Array(EXPERTS).fill(10), probabilities: new Float64Array(EXPERTS).fill(5) };
  expect(balanceLoss(even, 40)).toBeCloseTo(2, 12);
  const skewed = {
    counts: Float64Array.of(40, 40, 0, 0, 0, 0, 0, 0),
    probabilities: Float64Array.of(20, 20, 0, 0, 0, 0, 0, 0),
  };
  expect(balanceLoss(skewed, 40)).toBeCloseTo(8, 12);
});

function expectSlopes(values: Float32Array, gradient: Float32Array, value: () => number, step: number): void {
  const scale = Math.max(...gradient.map(Math.abs));
  for (const [i, before] of values.entries()) {
    values[i] = before + step;
    const [above, high] = [value(), values[i] as number];
    values[i] = before - step;
    const [below, low] = [value(), values[i] as number];
    values[i] = before;
    expect(Math.abs((above - below) / (high - low) - (gradient[i] as number))).toBeLessThan(2e-3 * scale);
  }
}
