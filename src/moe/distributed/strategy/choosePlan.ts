/** From a task and its workers to one plan: the chooser decides among those that are possible, and learns how it went. */
import { compareStrategies } from "../breakdown/breakDown.ts";
import { STRATEGIES, type TrainingPlan } from "../breakdown/plan.ts";
import type { TrainingTask, WorkerFacts } from "../breakdown/task.ts";
import { distributedError } from "../errors.ts";
import type { StrategyChooser } from "./chooser.ts";
import { MAX_REWARD, strategyFacts, timeReward } from "./facts.ts";
import { stateOf } from "./state.ts";

export interface ChosenPlan {
  readonly plan: TrainingPlan;
  /** Of the chooser's states. */
  readonly state: number;
  /**
   * To be called once, when the run has ended: with the seconds it took, or with `failed`. The yardstick is the least
   * estimate of all possible plans.
   */
  readonly learn: (outcome: number | "failed") => void;
}

/** Throws `plan_impossible` with all reasons when no strategy works, `task_invalid`, `workers_invalid`. */
export function choosePlan(chooser: StrategyChooser, task: TrainingTask, workers: readonly WorkerFacts[]): ChosenPlan {
  const { plans, impossible } = compareStrategies(task, workers);
  const [fastest] = plans;
  if (fastest === undefined) {
    throw distributedError("plan_impossible", `training: ${[...impossible.values()].join("; ")}`, {
      strategies: [...impossible.keys()],
    });
  }
  const state = stateOf(strategyFacts(task, workers));
  const possible = STRATEGIES.filter((strategy) => !impossible.has(strategy));
  const action = chooser.choose(state, possible);
  const expectedSeconds = fastest.coordination.seconds;
  return {
    plan: plans.find(({ strategy }) => strategy === action) as TrainingPlan,
    state,
    learn: (outcome) => {
      const reward = outcome === "failed" ? -MAX_REWARD : timeReward(expectedSeconds, outcome);
      chooser.learn({ state, action, reward });
    },
  };
}
