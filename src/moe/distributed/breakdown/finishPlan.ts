/** The last step of every plan: totals over its phases, and a check that nobody got more than fits. */
import { distributedError } from "../errors.ts";
import type { Phase, Strategy, Subtask, TrainingPlan } from "./plan.ts";
import type { WorkerFacts } from "./task.ts";

export interface Draft {
  readonly strategy: Strategy;
  readonly subtasks: readonly Omit<Subtask, "sentBytes">[];
  readonly coordinator: WorkerFacts;
  readonly phases: readonly Phase[];
}

/** @param leftOut reasons by worker; those without one did not help */
export function finishPlan(
  { strategy, subtasks, coordinator, phases }: Draft,
  workers: readonly WorkerFacts[],
  leftOut: ReadonlyMap<string, string> = new Map(),
): TrainingPlan {
  const sent = new Map<string, number>();
  for (const { tasks, repeat } of phases) {
    for (const { worker, sentBytes } of tasks) sent.set(worker, (sent.get(worker) ?? 0) + repeat * sentBytes);
  }
  const busy = new Set(subtasks.map(({ worker }) => worker));
  return {
    strategy,
    subtasks: subtasks.map((subtask) => ({ ...subtask, sentBytes: sent.get(subtask.worker) ?? 0 })),
    leftOut: workers
      .filter(({ id }) => !busy.has(id))
      .map(({ id }) => ({ worker: id, reason: leftOut.get(id) ?? "the plan is not faster with it" })),
    coordination: {
      coordinator: coordinator.id,
      phases: phases.filter(({ tasks }) => tasks.length > 0),
      seconds: phases.reduce((total, { repeat, seconds }) => total + repeat * seconds, 0),
    },
  };
}

/** Why a task cannot be done that way. */
export function impossible(strategy: Strategy, reason: string, data: Readonly<Record<string, unknown>> = {}) {
  return distributedError("plan_impossible", `${strategy}: ${reason}`, { strategy, ...data });
}
