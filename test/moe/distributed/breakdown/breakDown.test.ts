import fc from "fast-check";
import { breakDown, compareStrategies } from "../../../../src/moe/distributed/breakdown/breakDown.ts";
import { unitCosts } from "../../../../src/moe/distributed/breakdown/modelCost.ts";
import {
  type Phase,
  type Range,
  STRATEGIES,
  type TrainingPlan,
} from "../../../../src/moe/distributed/breakdown/plan.ts";
import {
  MAX_PLAN_WORKERS,
  type TrainingTask,
  type WorkerFacts,
} from "../../../../src/moe/distributed/breakdown/task.ts";
import { modelSlotNames } from "../../../../src/moe/model/parts.ts";
import { processorMs } from "../../formats/processorTime.ts";
import { aTask, someWorkers, taskOf, tinySpec, worker, workersOf } from "./samples.ts";

function everyPlan(check: (plan: TrainingPlan, task: TrainingTask, workers: readonly WorkerFacts[]) => void): void {
  const seen = new Set<string>();
  fc.assert(
    fc.property(aTask, someWorkers, (task, workers) => {
      for (const plan of compareStrategies(task, workers).plans) {
        seen.add(plan.strategy);
        check(plan, task, workers);
      }
    }),
    { numRuns: 120 },
  );
  // Otherwise the property would say nothing about a strategy.
  expect([...seen].sort()).toEqual([...STRATEGIES].sort());
}

function expectPartition(ranges: readonly Range[], length: number): void {
  let at = 0;
  for (const { from, to } of ranges.toSorted((a, b) => a.from - b.from)) {
    expect(from).toBe(at);
    expect(to).toBeGreaterThan(from);
    at = to;
  }
  expect(at).toBe(length);
}

const STAGED = new Set(["model_parallel", "pipeline_parallel"]);

test("every layer and slot is held exactly once, or all by everybody, and every sequence is trained on exactly once", () => {
  everyPlan(({ strategy, subtasks }, task) => {
    const units = unitCosts(task).length;
    if (STAGED.has(strategy)) {
      expectPartition(
        subtasks.map((subtask) => subtask.units),
        units,
      );
      expect(subtasks.flatMap(({ slots }) => slots)).toEqual(modelSlotNames(task.spec));
      for (const { sequences } of subtasks) expect(sequences).toEqual({ from: 0, to: task.sequences });
    } else {
      for (const subtask of subtasks) {
        expect(subtask.units).toEqual({ from: 0, to: units });
        expect(subtask.slots).toEqual(modelSlotNames(task.spec));
      }
      expectPartition(
        subtasks.map(({ sequences }) => sequences),
        task.sequences,
      );
    }
  });
});

test("nobody gets more than fits into memory, at least one sequence at a time, and every worker is used or left out", () => {
  everyPlan(({ subtasks, leftOut }, _, workers) => {
    const memory = new Map(workers.map(({ id, memoryBytes }) => [id, memoryBytes]));
    for (const subtask of subtasks) {
      expect(subtask.memoryBytes).toBeLessThanOrEqual(memory.get(subtask.worker)!);
      expect(subtask.microBatchSequences).toBeGreaterThanOrEqual(1);
      expect(subtask.inputShape[0]).toBe(subtask.microBatchSequences);
    }
    const named = [...subtasks.map((one) => one.worker), ...leftOut.map((one) => one.worker)];
    expect(named.sort()).toEqual([...memory.keys()].sort());
    for (const { reason } of leftOut) expect(reason).not.toBe("");
  });
});

test("tasks form an acyclic graph, given in an order in which each comes after all that it waits for", () => {
  everyPlan(({ coordination, subtasks }) => {
    const workers = new Set(subtasks.map((subtask) => subtask.worker));
    for (const { tasks, repeat } of coordination.phases) {
      const done = new Set<string>();
      for (const task of tasks) {
        const sound =
          task.dependsOn.every((id) => done.has(id)) &&
          !done.has(task.id) &&
          workers.has(task.worker) &&
          (task.kind !== "send" || (workers.has(task.to!) && task.to !== task.worker));
        if (!sound) throw new Error(`task ${JSON.stringify(task)} of ${JSON.stringify(tasks)}`);
        done.add(task.id);
      }
      expect(repeat).toBeGreaterThanOrEqual(1);
    }
    expect(workers.has(coordination.coordinator)).toBe(true);
  });
});

test("a phase takes at least as long as its busiest worker and at most as long as all tasks one after the other", () => {
  everyPlan(({ coordination }) => {
    for (const phase of coordination.phases) {
      const total = phase.tasks.reduce((sum, { seconds }) => sum + seconds, 0);
      expect(phase.seconds).toBeGreaterThanOrEqual(busiest(phase) * (1 - 1e-9));
      expect(phase.seconds).toBeLessThanOrEqual(total * (1 + 1e-9));
    }
    const seconds = coordination.phases.reduce((sum, phase) => sum + phase.repeat * phase.seconds, 0);
    expect(Number.isFinite(coordination.seconds)).toBe(true);
    expect(coordination.seconds).toBeCloseTo(seconds, 6);
  });
});

function busiest({ tasks }: Phase): number {
  const busy = new Map<string, number>();
  for (const { kind, worker: own, seconds } of tasks) {
    if (kind !== "send" && kind !== "reduce") busy.set(own, (busy.get(own) ?? 0) + seconds);
  }
  return Math.max(0, ...busy.values());
}

test("every sequence of every update goes through all stages, and back where something is trained", () => {
  everyPlan(({ strategy, subtasks, coordination }, task) => {
    const step = coordination.phases.find(({ name }) => name === "step");
    if (!STAGED.has(strategy) || step === undefined) return;
    const count = (kind: string, own: string): number =>
      step.tasks.filter((one) => one.kind === kind && one.worker === own).length;
    const microBatches = count("forward", subtasks[0]!.worker);
    expect(subtasks[0]!.microBatchSequences).toBe(Math.ceil(task.batchSequences / microBatches));
    for (const subtask of subtasks) {
      expect(count("forward", subtask.worker)).toBe(microBatches);
      const lowest = task.mode.kind === "all" ? 0 : task.mode.layer + 1;
      expect(count("backward", subtask.worker)).toBe(subtask.units.to > lowest ? microBatches : 0);
    }
  });
});

test("what fits in no memory is refused with the bytes that are needed and there", () => {
  fc.assert(
    fc.property(aTask, someWorkers, (task, workers) => {
      const units = unitCosts(task);
      const fixed = units.reduce((sum, unit) => sum + unit.fixedBytes, 0);
      const { plans, impossible } = compareStrategies(task, workers);
      const total = workers.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
      if (total < fixed) expect(plans).toEqual([]);
      const needed = fixed + units.reduce((sum, unit) => sum + unit.activationBytes, 0);
      const fitting = workers.filter(({ memoryBytes }) => memoryBytes >= needed).length;
      expect(impossible.has("single_node")).toBe(fitting === 0);
      if (fitting < 2) expect(impossible.has("data_parallel") && impossible.has("federated")).toBe(true);
      for (const reason of impossible.values()) expect(reason).toMatch(/: (expected|found) .*\d/);
      expect(plans.length + impossible.size).toBe(STRATEGIES.length);
    }),
    { numRuns: 120 },
  );
});

test("a model too large for each worker but not for all is divided by layers", () => {
  const task = taskOf({ batchSequences: 8, sequenceLength: 2 });
  const needed = unitCosts(task).reduce((sum, { fixedBytes }) => sum + fixedBytes, 0);
  const { plans, impossible } = compareStrategies(task, workersOf(6, { memoryBytes: Math.floor(0.75 * needed) }));
  expect(plans.map(({ strategy }) => strategy).sort()).toEqual(["model_parallel", "pipeline_parallel"]);
  expect([...impossible.keys()].sort()).toEqual(["data_parallel", "federated", "single_node"]);
});

test("with equal workers and a fast network two share the work, and a slow network is worth an exchange less often", () => {
  const fast = { bytesPerSecond: 1e12, latencyMs: 0, flopsPerSecond: 1e8 };
  const task = taskOf();
  const alone = breakDown(task, workersOf(2, fast), "single_node").coordination.seconds;
  const shared = breakDown(task, workersOf(2, fast), "data_parallel").coordination.seconds;
  expect(shared / alone).toBeCloseTo(0.5, 1);
  const slow = { ...fast, bytesPerSecond: 1e6, latencyMs: 50, flopsPerSecond: 1e10 };
  const seconds = (strategy: "data_parallel" | "federated"): number =>
    breakDown(task, workersOf(2, slow), strategy).coordination.seconds;
  expect(seconds("federated")).toBeLessThan(seconds("data_parallel") / 3);
});

test("faster workers get more of each batch, and one too slow for a sequence gets none and the reason", () => {
  const workers = [worker("fast", { flopsPerSecond: 3e10 }), worker("slow"), worker("snail", { flopsPerSecond: 1e6 })];
  const { subtasks, leftOut } = breakDown(taskOf(), workers, "data_parallel");
  expect(subtasks.map(({ worker: id, sequences }) => [id, sequences.to - sequences.from])).toEqual([
    ["fast", 750],
    ["slow", 250],
  ]);
  expect(leftOut).toEqual([{ worker: "snail", reason: "its share of 16 sequences is below one" }]);
});

test("the last round of federated training is shorter when steps are no multiple of local steps", () => {
  const { coordination } = breakDown(taskOf({ steps: 50, localSteps: 16 }), workersOf(2), "federated");
  expect(coordination.phases.map(({ name, repeat }) => [name, repeat])).toEqual([
    ["prepare", 1],
    ["round", 3],
    ["round", 1],
  ]);
  const [, round, last] = coordination.phases as [Phase, Phase, Phase];
  const train = (phase: Phase): number => phase.tasks.find(({ kind }) => kind === "train")!.seconds;
  expect(train(last) / train(round)).toBeCloseTo(2 / 16, 6);
});

test("the same task and workers give the same plan", () => {
  fc.assert(
    fc.property(aTask, someWorkers, (task, workers) => {
      expect(compareStrategies(task, workers)).toEqual(compareStrategies(task, workers));
    }),
    { numRuns: 30 },
  );
});

const badTasks: readonly (readonly [Partial<TrainingTask>, string])[] = [
  [{ sequences: 0 }, "sequences"],
  [{ sequences: Number.POSITIVE_INFINITY }, "sequences"],
  [{ batchSequences: 1001 }, "batchSequences"],
  [{ batchSequences: 1.5 }, "batchSequences"],
  [{ sequenceLength: 65 }, "sequenceLength"],
  [{ steps: -1 }, "steps"],
  [{ localSteps: 101 }, "localSteps"],
  [{ mode: { kind: "expert", layer: 4, expert: 0 } }, "mode"],
  [{ mode: { kind: "expert", layer: 0, expert: Number.NaN } }, "mode"],
];

test.each(badTasks)("a task with %j is refused by name", (change, argument) => {
  expect(() => breakDown(taskOf(change), workersOf(2), "data_parallel")).toThrow(
    expect.objectContaining({ code: "task_invalid", data: { argument } }),
  );
});

test("facts about workers that cannot be true are refused, naming worker and fact", () => {
  const facts = {
    memoryBytes: [-1, 0.5, 2 ** 60],
    flopsPerSecond: [0, Number.NaN, Number.POSITIVE_INFINITY],
    bytesPerSecond: [-1, 0],
    latencyMs: [-1, Number.NaN, 1e9],
  };
  for (const [name, values] of Object.entries(facts)) {
    for (const value of values) {
      const workers = [worker("good"), worker("bad", { [name]: value })];
      expect(() => breakDown(taskOf(), workers, "data_parallel")).toThrow(
        expect.objectContaining({ code: "workers_invalid", data: { argument: `worker bad: ${name}` } }),
      );
    }
  }
  for (const workers of [[], [worker("a"), worker("a")], workersOf(MAX_PLAN_WORKERS + 1)]) {
    expect(() => breakDown(taskOf(), workers, "federated")).toThrow(
      expect.objectContaining({ code: "workers_invalid" }),
    );
  }
});

test("a deep model on as many workers as allowed is planned in seconds, not minutes", () => {
  const task = taskOf({ spec: tinySpec({ num_hidden_layers: 32, num_experts: 2 }), batchSequences: 64 });
  const started = process.cpuUsage();
  const { plans } = compareStrategies(task, workersOf(MAX_PLAN_WORKERS));
  expect(plans.length).toBe(STRATEGIES.length);
  // A bound on growth, far above what it takes.
  expect(processorMs(started)).toBeLessThan(60_000);
});
