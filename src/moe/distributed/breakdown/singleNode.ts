/** No distribution: the fastest worker in whose memory the model fits does everything. */
import { finishPlan, impossible } from "./finishPlan.ts";
import type { TrainingPlan } from "./plan.ts";
import { phaseOf } from "./schedule.ts";
import type { TrainingTask, WorkerFacts } from "./task.ts";
import { holdersOf, modelCost, trainTask, updateTask, wholeModelSubtask } from "./wholeModel.ts";

/** Throws `plan_impossible` when it fits nowhere. */
export function planSingleNode(task: TrainingTask, workers: readonly WorkerFacts[]): TrainingPlan {
  const cost = modelCost(task);
  const { fitting, reasons, needed } = holdersOf(cost, workers);
  const [first, ...others] = fitting;
  if (first === undefined) {
    const most = workers.reduce((memory, { memoryBytes }) => Math.max(memory, memoryBytes), 0);
    throw impossible("single_node", `expected a worker with ${needed} bytes of memory; the largest has ${most}`, {
      needed,
    });
  }
  const worker = others.reduce((best, one) => (one.flopsPerSecond > best.flopsPerSecond ? one : best), first);
  const all = { from: 0, to: task.sequences };
  const subtask = wholeModelSubtask(
    task,
    cost,
    { worker, batchSequences: task.batchSequences, sequences: all },
    "none",
  );
  const train = trainTask("train", worker, cost, task.batchSequences);
  const tasks = [train, updateTask("update", worker, cost.trainedBytes, [train.id])];
  const phases = [phaseOf("step", task.steps, tasks)];
  return finishPlan({ strategy: "single_node", subtasks: [subtask], coordinator: worker, phases }, workers, reasons);
}
