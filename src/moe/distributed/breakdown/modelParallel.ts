/**
 * Layers on different workers, one micro-batch at a time: for models that fit in no worker's memory. Only one worker
 * computes at any moment, so it is never faster than one machine that could hold the model.
 */
import type { TrainingPlan } from "./plan.ts";
import { doublings, noDivision, type StageStrategy, stagePlan } from "./stagePlan.ts";
import { sequentialOrder } from "./stageTasks.ts";
import type { TrainingTask, WorkerFacts } from "./task.ts";

const MODEL_PARALLEL: StageStrategy = {
  strategy: "model_parallel",
  objective: "sum",
  order: (_stage, _stages, microBatches) => sequentialOrder(microBatches),
  inFlight: () => 1,
};

const MAX_MICRO_BATCHES = 64;

/** With the fewest micro-batches that fit. Throws `plan_impossible`. */
export function planModelParallel(task: TrainingTask, workers: readonly WorkerFacts[]): TrainingPlan {
  for (const microBatches of doublings(1, Math.min(task.batchSequences, MAX_MICRO_BATCHES))) {
    const plan = stagePlan(MODEL_PARALLEL, task, workers, microBatches, workers.length);
    if (plan !== undefined) return plan;
  }
  throw noDivision("model_parallel", task, workers);
}
