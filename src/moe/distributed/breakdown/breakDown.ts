/** A training task into parts for workers, by one of five strategies. */
import { errorCode, errorMessage } from "../../../core/errors.ts";
import { planDataParallel } from "./dataParallel.ts";
import { planFederated } from "./federated.ts";
import { planModelParallel } from "./modelParallel.ts";
import { planPipelineParallel } from "./pipelineParallel.ts";
import { STRATEGIES, type Strategy, type TrainingPlan } from "./plan.ts";
import { planSingleNode } from "./singleNode.ts";
import { checkTask, checkWorkers, type TrainingTask, type WorkerFacts } from "./task.ts";

const PLANNERS: Readonly<Record<Strategy, (task: TrainingTask, workers: readonly WorkerFacts[]) => TrainingPlan>> = {
  data_parallel: planDataParallel,
  model_parallel: planModelParallel,
  pipeline_parallel: planPipelineParallel,
  federated: planFederated,
  single_node: planSingleNode,
};

/**
 * The plan depends on its arguments only. Throws `task_invalid`, `workers_invalid`, and `plan_impossible` with the reason
 * when the task cannot be done that way by these workers.
 */
export function breakDown(task: TrainingTask, workers: readonly WorkerFacts[], strategy: Strategy): TrainingPlan {
  checkTask(task);
  checkWorkers(workers);
  return PLANNERS[strategy](task, workers);
}

export interface Comparison {
  /** Possible plans, the fastest by estimate first. */
  readonly plans: readonly TrainingPlan[];
  readonly impossible: ReadonlyMap<Strategy, string>;
}

/** All five. Throws `task_invalid` and `workers_invalid`. */
export function compareStrategies(task: TrainingTask, workers: readonly WorkerFacts[]): Comparison {
  const plans: TrainingPlan[] = [];
  const impossible = new Map<Strategy, string>();
  for (const strategy of STRATEGIES) {
    try {
      plans.push(breakDown(task, workers, strategy));
    } catch (error) {
      if (errorCode(error) !== "plan_impossible") throw error;
      impossible.set(strategy, errorMessage(error));
    }
  }
  return { plans: plans.sort((a, b) => a.coordination.seconds - b.coordination.seconds), impossible };
}
