/**
 * Every worker holds the model and computes its part of each batch; the mean of the gradients goes to all, and all make
 * the same update. As exact as one machine, at the price of one exchange of gradients for each update.
 */
import { finishPlan } from "./finishPlan.ts";
import type { TrainingPlan } from "./plan.ts";
import { phaseOf } from "./schedule.ts";
import type { TrainingTask, WorkerFacts } from "./task.ts";
import { chooseCoordinator, reduceTasks, sendTask } from "./transfer.ts";
import { dataBytes, modelCost, splitData, trainTask, updateTask, wholeModelSubtask } from "./wholeModel.ts";

/** Throws `plan_impossible` with fewer than two workers that fit. */
export function planDataParallel(task: TrainingTask, workers: readonly WorkerFacts[]): TrainingPlan {
  const cost = modelCost(task);
  const { holders, reasons } = splitData("data_parallel", task, cost, workers);
  const used = holders.map(({ worker }) => worker);
  const coordinator = chooseCoordinator(used);
  const prepare = holders
    .filter(({ worker }) => worker !== coordinator)
    .map(({ worker, sequences }) => {
      const bytes = cost.weightBytes + dataBytes(task, sequences);
      return sendTask(`start:${worker.id}`, coordinator, worker, bytes, []);
    });
  const trains = holders.map(({ worker, batchSequences }) =>
    trainTask(`train:${worker.id}`, worker, cost, batchSequences),
  );
  const reduces = reduceTasks(
    "gradients",
    used,
    cost.trainedBytes,
    trains.map(({ id }) => id),
  );
  const updates = used.map((worker, i) =>
    updateTask(`update:${worker.id}`, worker, cost.trainedBytes, [reduces[i]!.id]),
  );
  const phases = [phaseOf("prepare", 1, prepare), phaseOf("step", task.steps, [...trains, ...reduces, ...updates])];
  const subtasks = holders.map((holder) => wholeModelSubtask(task, cost, holder, "gradient_mean"));
  return finishPlan({ strategy: "data_parallel", subtasks, coordinator, phases }, workers, reasons);
}
