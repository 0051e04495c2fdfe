/** What plans have in common in which every worker holds the whole model. */
import { apportion, rangesOf } from "./apportion.ts";
import { impossible } from "./finishPlan.ts";
import { type UnitCost, unitCosts } from "./modelCost.ts";
import type { PlanTask, Range, Strategy, Subtask } from "./plan.ts";
import type { TrainingTask, WorkerFacts } from "./task.ts";

export interface ModelCost {
  readonly units: readonly UnitCost[];
  readonly weightBytes: number;
  readonly trainedBytes: number;
  readonly fixedBytes: number;
  /** Of one sequence. */
  readonly activationBytes: number;
  readonly flops: number;
}

/** A worker with its share of every batch and of the data. */
export interface Holder {
  readonly worker: WorkerFacts;
  readonly batchSequences: number;
  readonly sequences: Range;
}

/** Operations of AdamW for one weight. */
const UPDATE_FLOPS = 12;
const FLOAT_BYTES = 4;

export function modelCost(task: TrainingTask): ModelCost {
  const units = unitCosts(task);
  const sum = (of: (unit: UnitCost) => number): number => units.reduce((total, unit) => total + of(unit), 0);
  return {
    units,
    weightBytes: sum((unit) => unit.weightBytes),
    trainedBytes: sum((unit) => unit.trainedBytes),
    fixedBytes: sum((unit) => unit.fixedBytes),
    activationBytes: sum((unit) => unit.activationBytes),
    flops: sum((unit) => unit.forwardFlops + unit.backwardFlops),
  };
}

/** Workers in whose memory the model fits with one sequence, and why the others cannot take part. */
export function holdersOf({ fixedBytes, activationBytes }: ModelCost, workers: readonly WorkerFacts[]) {
  const needed = fixedBytes + activationBytes;
  const fitting = workers.filter(({ memoryBytes }) => memoryBytes >= needed);
  const reasons = new Map<string, string>();
  for (const { id, memoryBytes } of workers) {
    if (memoryBytes < needed) reasons.set(id, `it has ${memoryBytes} bytes of memory, the model needs ${needed}`);
  }
  return { fitting, reasons, needed };
}

/**
 * Splits every batch, and the data in the same proportion, by speed. Workers too slow for one sequence of a batch get
 * nothing. Throws `plan_impossible` when fewer than two remain.
 */
export function splitData(
  strategy: Strategy,
  task: TrainingTask,
  cost: ModelCost,
  workers: readonly WorkerFacts[],
): { readonly holders: Holder[]; readonly reasons: Map<string, string> } {
  const { fitting, reasons, needed } = holdersOf(cost, workers);
  if (fitting.length < 2) {
    const most = workers.reduce((memory, { memoryBytes }) => Math.max(memory, memoryBytes), 0);
    const text = `expected at least 2 workers with ${needed} bytes of memory each, got ${fitting.length}`;
    throw impossible(strategy, `${text}; the largest has ${most}`, { needed, fitting: fitting.length });
  }
  const shares = apportion(
    task.batchSequences,
    fitting.map(({ flopsPerSecond }) => flopsPerSecond),
  );
  const used = fitting.filter((_, i) => shares[i]! > 0);
  for (const [i, { id }] of fitting.entries()) {
    if (shares[i] === 0) reasons.set(id, `its share of ${task.batchSequences} sequences is below one`);
  }
  if (used.length < 2) {
    const text = `expected at least 2 workers with a sequence of every batch, got ${used.length} of ${fitting.length}`;
    throw impossible(strategy, `${text}; a batch has ${task.batchSequences}`, { batchSequences: task.batchSequences });
  }
  const batches = shares.filter((share) => share > 0);
  const ranges = rangesOf(apportion(task.sequences, batches));
  const holders = used.map((worker, i) => ({
    worker,
    batchSequences: batches[i] as number,
    sequences: ranges[i] as Range,
  }));
  return { holders, reasons };
}

export function wholeModelSubtask(
  task: TrainingTask,
  cost: ModelCost,
  { worker, batchSequences, sequences }: Holder,
  synchronisation: Subtask["synchronisation"],
): Omit<Subtask, "sentBytes"> {
  const room = Math.floor((worker.memoryBytes - cost.fixedBytes) / cost.activationBytes);
  const microBatchSequences = Math.min(batchSequences, room);
  return {
    worker: worker.id,
    units: { from: 0, to: cost.units.length },
    slots: cost.units.flatMap(({ slots }) => slots),
    sequences,
    microBatchSequences,
    inputShape: [microBatchSequences, task.sequenceLength],
    outputShape: [microBatchSequences],
    synchronisation,
    memoryBytes: cost.fixedBytes + microBatchSequences * cost.activationBytes,
  };
}

/** Forward and backward of so many sequences. */
export function trainTask(id: string, worker: WorkerFacts, cost: ModelCost, sequences: number): PlanTask {
  const seconds = (sequences * cost.flops) / worker.flopsPerSecond;
  return { id, kind: "train", worker: worker.id, dependsOn: [], seconds, sentBytes: 0 };
}

export function updateTask(
  id: string,
  worker: WorkerFacts,
  trainedBytes: number,
  dependsOn: readonly string[],
): PlanTask {
  const seconds = updateSeconds(worker, trainedBytes);
  return { id, kind: "update", worker: worker.id, dependsOn, seconds, sentBytes: 0 };
}

export function updateSeconds({ flopsPerSecond }: WorkerFacts, trainedBytes: number): number {
  return (UPDATE_FLOPS * (trainedBytes / FLOAT_BYTES)) / flopsPerSecond;
}

/** Bytes of the tokens of these sequences. */
export function dataBytes({ sequenceLength }: TrainingTask, { from, to }: Range): number {
  return FLOAT_BYTES * sequenceLength * (to - from);
}
