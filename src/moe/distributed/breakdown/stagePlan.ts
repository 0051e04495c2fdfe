/** What plans have in common in which every worker holds some layers. */
import { apportion } from "./apportion.ts";
import { finishPlan, impossible } from "./finishPlan.ts";
import { hiddenBytes, type UnitCost, unitCosts } from "./modelCost.ts";
import { type PartitionCosts, partition, type Stage } from "./partition.ts";
import type { Range, Strategy, TrainingPlan } from "./plan.ts";
import { phaseOf } from "./schedule.ts";
import { type StageStep, stageTasks } from "./stageTasks.ts";
import type { TrainingTask, WorkerFacts } from "./task.ts";
import { chooseCoordinator, sendTask } from "./transfer.ts";
import { dataBytes } from "./wholeModel.ts";

export interface StageStrategy {
  readonly strategy: Strategy;
  readonly objective: PartitionCosts["objective"];
  readonly order: (stage: number, stages: number, microBatches: number) => StageStep[];
  /** Micro-batches whose activations a stage keeps at a time. */
  readonly inFlight: (stage: number, stages: number, microBatches: number) => number;
}

/** `undefined` when no division into at most `maxStages` was found for this number of micro-batches. */
export function stagePlan(
  kind: StageStrategy,
  task: TrainingTask,
  workers: readonly WorkerFacts[],
  microBatches: number,
  maxStages: number,
): TrainingPlan | undefined {
  const units = unitCosts(task);
  const sum = prefixSums(units);
  const sizes = apportion(
    task.batchSequences,
    Array.from({ length: microBatches }, () => 1),
  );
  const micro = sizes[0] as number;
  const hidden = hiddenBytes(task);
  const embedding = units[0] as UnitCost;
  const ends = (range: Range): boolean => task.spec.tiedEmbeddings && range.to === units.length && range.from > 0;
  const memory = (range: Range, inFlight: number): number => {
    const copy = ends(range) ? embedding.fixedBytes : 0;
    return sum("fixedBytes", range) + copy + inFlight * micro * sum("activationBytes", range);
  };
  const most = Math.min(maxStages, units.length);
  const stages = partition(
    {
      units: units.length,
      objective: kind.objective,
      memoryBytes: (range) => memory(range, kind.inFlight(0, most, microBatches)),
      seconds: ({ flopsPerSecond, bytesPerSecond, latencyMs }, range) => {
        const flops = sum("forwardFlops", range) + sum("backwardFlops", range);
        const moved = range.from === 0 ? 0 : 2 * ((micro * hidden) / bytesPerSecond + latencyMs / 1000);
        return (micro * flops) / flopsPerSecond + moved;
      },
    },
    workers,
    most,
  );
  if (stages === undefined) return undefined;
  const used = stages.map(({ worker }) => worker);
  const coordinator = chooseCoordinator(used);
  const costs = stages.map(({ worker, units: range }) => ({
    worker,
    forwardFlops: sum("forwardFlops", range),
    backwardFlops: sum("backwardFlops", range),
    trainedBytes: sum("trainedBytes", range) + (ends(range) ? embedding.trainedBytes : 0),
  }));
  const order = (stage: number): StageStep[] => kind.order(stage, stages.length, microBatches);
  const tied = task.spec.tiedEmbeddings ? embedding.trainedBytes : 0;
  const all = { from: 0, to: task.sequences };
  const others = stages.filter(({ worker }) => worker !== coordinator);
  const start = ({ worker, units: range }: Stage) => {
    // The first stage needs the tokens, the last one the targets.
    const data = range.from === 0 || range.to === units.length ? dataBytes(task, all) : 0;
    const copy = ends(range) ? embedding.weightBytes : 0;
    return sendTask(`start:${worker.id}`, coordinator, worker, sum("weightBytes", range) + copy + data, []);
  };
  const collected = others.filter(({ units: range }) => sum("trainedBytes", range) > 0);
  const phases = [
    phaseOf("prepare", 1, others.map(start)),
    phaseOf("step", task.steps, stageTasks(costs, sizes, hidden, order, tied)),
    phaseOf(
      "collect",
      1,
      collected.map(({ worker, units: range }) =>
        sendTask(`result:${worker.id}`, worker, coordinator, sum("trainedBytes", range), []),
      ),
    ),
  ];
  const rows = [micro, task.sequenceLength];
  const subtasks = stages.map(({ worker, units: range }, s) => ({
    worker: worker.id,
    units: range,
    slots: units.slice(range.from, range.to).flatMap(({ slots }) => slots),
    sequences: all,
    microBatchSequences: micro,
    inputShape: range.from === 0 ? rows : [...rows, task.spec.hiddenSize],
    outputShape: range.to === units.length ? [micro] : [...rows, task.spec.hiddenSize],
    synchronisation: "hidden_states" as const,
    memoryBytes: memory(range, kind.inFlight(s, stages.length, microBatches)),
  }));
  return finishPlan({ strategy: kind.strategy, subtasks, coordinator, phases }, workers);
}

/** `first`, twice that, and so on, and `most` itself. */
export function doublings(first: number, most: number): number[] {
  const counts: number[] = [];
  for (let count = first; count < most; count *= 2) counts.push(count);
  return [...counts, most];
}

export function noDivision(strategy: Strategy, task: TrainingTask, workers: readonly WorkerFacts[]) {
  const units = unitCosts(task);
  const needed = units.reduce((total, { fixedBytes }) => total + fixedBytes, 0);
  const memory = workers.reduce((total, { memoryBytes }) => total + memoryBytes, 0);
  const largest = units.reduce((most, unit) => (unit.fixedBytes > most.fixedBytes ? unit : most));
  const text = `found no division of the model's ${units.length} units over 2 or more of ${workers.length} workers`;
  const facts = `weights, gradients and moments take ${needed} bytes, ${largest.name} alone ${largest.fixedBytes}; the workers have ${memory} together`;
  return impossible(strategy, `${text}: ${facts}`, { needed, memory, workers: workers.length });
}

type Summed = Exclude<keyof UnitCost, "name" | "slots">;

/** Sums over ranges of units, each in one subtraction. */
function prefixSums(units: readonly UnitCost[]): (key: Summed, range: Range) => number {
  const tables = new Map<Summed, number[]>();
  return (key, { from, to }) => {
    let table = tables.get(key);
    if (table === undefined) {
      table = [0];
      for (const unit of units) table.push((table.at(-1) as number) + unit[key]);
      tables.set(key, table);
    }
    return (table[to] as number) - (table[from] as number);
  };
}
