/** The chooser's view of a training task and its workers, and what a finished run was worth. */
import { unitCosts } from "../breakdown/modelCost.ts";
import type { TrainingTask, WorkerFacts } from "../breakdown/task.ts";
import { expectThat } from "../errors.ts";
import type { StrategyFacts } from "./state.ts";

const FLOAT_BYTES = 4;

/** Latency is the median of the workers', the lower one of two. */
export function strategyFacts(task: TrainingTask, workers: readonly WorkerFacts[]): StrategyFacts {
  const latencies = workers.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
  return {
    parameters: unitCosts(task).reduce((sum, { weightBytes }) => sum + weightBytes / FLOAT_BYTES, 0),
    sequences: task.sequences,
    nodes: workers.length,
    latencyMs: latencies[Math.floor((latencies.length - 1) / 2)] ?? 0,
  };
}

/** Rewards lie between -MAX_REWARD and MAX_REWARD; a run that failed has the lowest. */
export const MAX_REWARD = 10;

/**
 * log2(expected / taken): 1 for twice as fast as expected, -1 for half as fast.
 * @param expectedSeconds of any yardstick that is the same for all strategies of a task, such as one machine's estimate
 * Throws `strategy_input_invalid`.
 */
export function timeReward(expectedSeconds: number, takenSeconds: number): number {
  for (const [name, seconds] of Object.entries({ expectedSeconds, takenSeconds })) {
    const ok = seconds > 0 && seconds < Number.POSITIVE_INFINITY;
    expectThat(ok, "strategy_input_invalid", name, "a positive number", seconds);
  }
  return Math.max(-MAX_REWARD, Math.min(MAX_REWARD, Math.log2(expectedSeconds / takenSeconds)));
}
