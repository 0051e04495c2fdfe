/**
 * Layers on different workers, with several micro-batches under way at once (Huang et al. 2019,
 * https://arxiv.org/abs/1811.06965): while one stage computes the second, the next computes the first. With s equal
 * stages and m micro-batches the part of the time in which a stage waits is (s - 1) / (m + s - 1).
 */
import type { TrainingPlan } from "./plan.ts";
import { doublings, noDivision, type StageStrategy, stagePlan } from "./stagePlan.ts";
import { pipelineOrder } from "./stageTasks.ts";
import type { TrainingTask, WorkerFacts } from "./task.ts";

const PIPELINE_PARALLEL: StageStrategy = {
  strategy: "pipeline_parallel",
  objective: "slowest",
  order: pipelineOrder,
  inFlight: (stage, stages, microBatches) => Math.min(stages - stage, microBatches),
};

const MAX_MICRO_BATCHES = 64;

/**
 * With the numbers of stages and micro-batches that are fastest by estimate, among doublings: fewer stages keep fewer
 * micro-batches in memory. Throws `plan_impossible`.
 */
export function planPipelineParallel(task: TrainingTask, workers: readonly WorkerFacts[]): TrainingPlan {
  let best: TrainingPlan | undefined;
  for (const maxStages of doublings(2, Math.max(workers.length, 2))) {
    for (const microBatches of doublings(1, Math.min(task.batchSequences, MAX_MICRO_BATCHES))) {
      const plan = stagePlan(PIPELINE_PARALLEL, task, workers, microBatches, maxStages);
      if (plan === undefined) continue;
      if (best === undefined || plan.coordination.seconds < best.coordination.seconds) best = plan;
    }
  }
  if (best === undefined) throw noDivision("pipeline_parallel", task, workers);
  return best;
}
