import fc from "fast-check";
import { apportion, rangesOf } from "../../../../src/moe/distributed/breakdown/apportion.ts";
import { unitCosts } from "../../../../src/moe/distributed/breakdown/modelCost.ts";
import { partition } from "../../../../src/moe/distributed/breakdown/partition.ts";
import type { PlanTask, Range } from "../../../../src/moe/distributed/breakdown/plan.ts";
import { phaseOf, topologicalOrder } from "../../../../src/moe/distributed/breakdown/schedule.ts";
import { pipelineOrder, sequentialOrder, stageTasks } from "../../../../src/moe/distributed/breakdown/stageTasks.ts";
import { layoutParameters } from "../../../../src/moe/training/memory/layout.ts";
import { type TrainingMode, trainedBy } from "../../../../src/moe/training/options.ts";
import { aTask, taskOf, workersOf } from "./samples.ts";

test("weights, gradients and moments are counted as the trainer allocates them", () => {
  fc.assert(
    fc.property(aTask, (task) => {
      const { parameters } = layoutParameters(task.spec, trainedBy(task.mode as TrainingMode));
      const elements = (trained: boolean): number =>
        parameters.filter((one) => one.trained === trained).reduce((sum, { length }) => sum + length, 0);
      const costs = unitCosts(task);
      const sum = (key: "weightBytes" | "trainedBytes" | "fixedBytes"): number =>
        costs.reduce((total, unit) => total + unit[key], 0);
      expect(sum("weightBytes")).toBe(4 * (elements(true) + elements(false)));
      expect(sum("trainedBytes")).toBe(4 * elements(true));
      expect(sum("fixedBytes")).toBe(4 * (4 * elements(true) + elements(false)));
    }),
    { numRuns: 50 },
  );
});

test("operations of a layer are those of its products: the chosen experts, attention, the router", () => {
  // hidden 24, 4 heads of 6, 2 key-value heads, 4 experts of width 12 of which 2 are chosen, 8 positions
  const [, layer, ...rest] = unitCosts(taskOf({ sequenceLength: 8 }));
  const attention = 24 * 24 + 2 * 12 * 24 + 24 * 24;
  const experts = 2 * (24 * 24 + 12 * 24);
  const products = 2 * (attention + experts + 4 * 24);
  const scores = 2 * 4 * (6 + 6) * 8;
  expect(layer!.forwardFlops).toBe(8 * (products + scores));
  expect(layer!.backwardFlops).toBe(8 * 2 * (products + scores));
  expect(rest.at(-1)!.forwardFlops).toBe(8 * 2 * 48 * 24);
});

test("when one expert is trained nothing is run backward below its layer, and only its own matrices above", () => {
  const costs = unitCosts(taskOf({ mode: { kind: "expert", layer: 2, expert: 1 } }));
  expect(costs.map(({ name, backwardFlops }) => [name, backwardFlops > 0])).toEqual([
    ["embedding", false],
    ["layer0", false],
    ["layer1", false],
    ["layer2", true],
    ["layer3", true],
    ["head", true],
  ]);
  expect(costs.filter(({ trainedBytes }) => trainedBytes > 0).map(({ name }) => name)).toEqual(["layer2"]);
  expect(costs[3]!.backwardFlops).toBeGreaterThan(costs[4]!.backwardFlops);
});

test("shares add up and differ from the exact share by less than one", () => {
  const weights = fc.array(fc.double({ min: 1e-3, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e12 }), weights, (total, list) => {
      const shares = apportion(total, list);
      const sum = list.reduce((all, weight) => all + weight, 0);
      expect(shares.reduce((all, share) => all + share, 0)).toBe(total);
      for (const [i, share] of shares.entries()) {
        expect(Number.isInteger(share) && share >= 0).toBe(true);
        expect(Math.abs(share - (total * list[i]!) / sum)).toBeLessThan(1.01);
      }
      expect(rangesOf(shares).at(-1)!.to).toBe(total);
    }),
    { numRuns: 300 },
  );
});

test("the division is the best one among all consecutive ones, for equal workers", () => {
  const weights = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 2, maxLength: 8 });
  fc.assert(
    fc.property(weights, fc.integer({ min: 1, max: 4 }), fc.integer({ min: 10, max: 60 }), (sizes, count, memory) => {
      const size = ({ from, to }: Range): number => sizes.slice(from, to).reduce((sum, one) => sum + one, 0);
      const stages = partition(
        { units: sizes.length, objective: "slowest", memoryBytes: size, seconds: (_, range) => size(range) },
        workersOf(count, { memoryBytes: memory }),
      );
      const best = bestBottleneck(sizes, count, memory);
      expect(
        stages === undefined ? Number.POSITIVE_INFINITY : Math.max(...stages.map(({ units }) => size(units))),
      ).toBe(best);
    }),
    { numRuns: 300 },
  );
});

/** By trying all cuts; at least one when `whole` is false. */
function bestBottleneck(sizes: readonly number[], stages: number, memory: number, whole = false): number {
  const total = sizes.reduce((sum, one) => sum + one, 0);
  let best = whole && total <= memory ? total : Number.POSITIVE_INFINITY;
  if (stages === 1) return best;
  for (let cut = 1; cut < sizes.length; cut++) {
    const first = sizes.slice(0, cut).reduce((sum, one) => sum + one, 0);
    if (first > memory) break;
    best = Math.min(best, Math.max(first, bestBottleneck(sizes.slice(cut), stages - 1, memory, true)));
  }
  return best;
}

const pairs = fc.record({ stages: fc.integer({ min: 2, max: 7 }), microBatches: fc.integer({ min: 1, max: 12 }) });

function equalStages(stages: number, microBatches: number, order: Parameters<typeof stageTasks>[3]): number {
  const workers = workersOf(stages, { bytesPerSecond: 1e20, latencyMs: 0, flopsPerSecond: 1 });
  const costs = workers.map((own) => ({ worker: own, forwardFlops: 1, backwardFlops: 2, trainedBytes: 0 }));
  const sizes = Array.from({ length: microBatches }, () => 1);
  return phaseOf("step", 1, stageTasks(costs, sizes, 1, order, 0)).seconds;
}

test("equal stages: a pipeline takes (m + s - 1) times a stage's work, one after the other takes m s times", () => {
  fc.assert(
    fc.property(pairs, ({ stages, microBatches }) => {
      const piped = equalStages(stages, microBatches, (stage) => pipelineOrder(stage, stages, microBatches));
      const plain = equalStages(stages, microBatches, () => sequentialOrder(microBatches));
      expect(piped).toBeCloseTo(3 * (microBatches + stages - 1), 6);
      expect(plain).toBeCloseTo(3 * microBatches * stages, 6);
    }),
    { numRuns: 60 },
  );
});

test("a pipeline's stage does every micro-batch once each way and keeps at most as many as the plan counts", () => {
  fc.assert(
    fc.property(pairs, fc.nat(), ({ stages, microBatches }, number) => {
      const stage = number % stages;
      let [flying, most] = [0, 0];
      const seen = { forward: new Set<number>(), backward: new Set<number>() };
      for (const [kind, b] of pipelineOrder(stage, stages, microBatches)) {
        seen[kind].add(b);
        if (kind === "backward") expect(seen.forward.has(b)).toBe(true);
        flying += kind === "forward" ? 1 : -1;
        most = Math.max(most, flying);
      }
      expect([seen.forward.size, seen.backward.size, flying]).toEqual([microBatches, microBatches, 0]);
      expect(most).toBe(Math.min(stages - stage, microBatches));
    }),
    { numRuns: 100 },
  );
});

function task(id: string, dependsOn: readonly string[], change: Partial<PlanTask> = {}): PlanTask {
  return { id, kind: "train", worker: id, dependsOn, seconds: 1, sentBytes: 0, ...change };
}

test("a circle, an unknown dependency and two tasks of one id are refused", () => {
  const circle = [task("a", []), task("b", ["a", "d"]), task("c", ["b"]), task("d", ["c"])];
  expect(() => topologicalOrder(circle)).toThrow(
    expect.objectContaining({ code: "plan_cyclic", data: { tasks: ["b", "c", "d"] } }),
  );
  expect(() => topologicalOrder([task("a", ["z"])])).toThrow(expect.objectContaining({ code: "plan_cyclic" }));
  expect(() => topologicalOrder([task("a", []), task("a", [])])).toThrow(
    expect.objectContaining({ code: "plan_cyclic" }),
  );
});

test("a worker computes one task at a time, and receives one message at a time", () => {
  const both = [task("a", [], { worker: "w" }), task("b", [], { worker: "w" })];
  expect(phaseOf("step", 1, both).seconds).toBe(2);
  expect(phaseOf("step", 1, [task("a", []), task("b", [])]).seconds).toBe(1);
  const sends = ["a", "b"].map((id) => task(id, [], { kind: "send", to: "w" }));
  expect(phaseOf("step", 1, sends).seconds).toBe(2);
  expect(phaseOf("step", 1, [...sends, task("c", [], { worker: "w", seconds: 2 })]).seconds).toBe(2);
});
