/**
 * Every worker trains on its own data for some steps; then the weights are averaged. The data stays where it is: the
 * plan says which part each worker is expected to have. An exchange for every `localSteps` updates instead of each one.
 */
import { finishPlan } from "./finishPlan.ts";
import type { PlanTask, TrainingPlan } from "./plan.ts";
import { phaseOf } from "./schedule.ts";
import { DEFAULT_LOCAL_STEPS, type TrainingTask, type WorkerFacts } from "./task.ts";
import { chooseCoordinator, sendTask } from "./transfer.ts";
import { type Holder, type ModelCost, modelCost, splitData, updateSeconds, wholeModelSubtask } from "./wholeModel.ts";

/** Throws `plan_impossible` with fewer than two workers that fit. */
export function planFederated(task: TrainingTask, workers: readonly WorkerFacts[]): TrainingPlan {
  const cost = modelCost(task);
  const { holders, reasons } = splitData("federated", task, cost, workers);
  const coordinator = chooseCoordinator(holders.map(({ worker }) => worker));
  const others = holders.map(({ worker }) => worker).filter((worker) => worker !== coordinator);
  const prepare = others.map((worker) => sendTask(`start:${worker.id}`, coordinator, worker, cost.weightBytes, []));
  const localSteps = Math.min(task.localSteps ?? DEFAULT_LOCAL_STEPS, task.steps);
  const whole = Math.floor(task.steps / localSteps);
  const rest = task.steps - whole * localSteps;
  const round = (steps: number): PlanTask[] => roundTasks(cost, holders, coordinator, steps);
  const phases = [
    phaseOf("prepare", 1, prepare),
    phaseOf("round", whole, round(localSteps)),
    // A last, shorter round.
    phaseOf("round", 1, rest === 0 ? [] : round(rest)),
  ];
  const subtasks = holders.map((holder) => wholeModelSubtask(task, cost, holder, "weight_mean"));
  return finishPlan({ strategy: "federated", subtasks, coordinator, phases }, workers, reasons);
}

function roundTasks(
  cost: ModelCost,
  holders: readonly Holder[],
  coordinator: WorkerFacts,
  localSteps: number,
): PlanTask[] {
  const others = holders.map(({ worker }) => worker).filter((worker) => worker !== coordinator);
  const trains = holders.map(({ worker, batchSequences }): PlanTask => {
    const step = (batchSequences * cost.flops) / worker.flopsPerSecond + updateSeconds(worker, cost.trainedBytes);
    const seconds = localSteps * step;
    return { id: `train:${worker.id}`, kind: "train", worker: worker.id, dependsOn: [], seconds, sentBytes: 0 };
  });
  const changes = others.map((worker) =>
    sendTask(`change:${worker.id}`, worker, coordinator, cost.trainedBytes, [`train:${worker.id}`]),
  );
  const aggregate: PlanTask = {
    id: "aggregate",
    kind: "aggregate",
    worker: coordinator.id,
    dependsOn: [`train:${coordinator.id}`, ...changes.map(({ id }) => id)],
    seconds: holders.length * updateSeconds(coordinator, cost.trainedBytes),
    sentBytes: 0,
  };
  const weights = others.map((worker) =>
    sendTask(`weights:${worker.id}`, coordinator, worker, cost.trainedBytes, [aggregate.id]),
  );
  return [...trains, ...changes, aggregate, ...weights];
}
