/** The learning rate over the steps: a linear warm-up, then constant or half a cosine down. */
import { trainingError } from "../errors.ts";

export interface Schedule {
  /** The highest learning rate. */
  readonly learningRate: number;
  /** Steps over which it rises from near 0. Default 0. */
  readonly warmupSteps?: number;
  /** Steps after which the cosine has reached the lowest rate; absent: constant after the warm-up. */
  readonly totalSteps?: number;
  /** The lowest rate as a share of the highest. Default 0. */
  readonly lowestShare?: number;
}

/** The rate of update number `step`, from 1 on. */
export function learningRateAt(schedule: Schedule, step: number): number {
  const { learningRate, warmupSteps = 0, totalSteps, lowestShare = 0 } = schedule;
  if (step <= warmupSteps) return (learningRate * step) / warmupSteps;
  if (totalSteps === undefined) return learningRate;
  const progress = Math.min((step - warmupSteps) / Math.max(totalSteps - warmupSteps, 1), 1);
  return learningRate * (lowestShare + ((1 - lowestShare) * (1 + Math.cos(Math.PI * progress))) / 2);
}

/** Throws `training_option_invalid`. */
export function checkSchedule(schedule: Schedule): void {
  const { learningRate, warmupSteps = 0, totalSteps = 1, lowestShare = 0 } = schedule;
  check("learningRate", learningRate, learningRate > 0 && Number.isFinite(learningRate), "a positive number");
  check("warmupSteps", warmupSteps, Number.isSafeInteger(warmupSteps) && warmupSteps >= 0, "a non-negative integer");
  check("totalSteps", totalSteps, Number.isSafeInteger(totalSteps) && totalSteps > 0, "a positive integer");
  check("lowestShare", lowestShare, lowestShare >= 0 && lowestShare <= 1, "a number from 0 to 1");
}

function check(name: string, value: number, ok: boolean, expected: string): void {
  if (!ok) throw trainingError("training_option_invalid", `schedule.${name}: expected ${expected}, got ${value}`);
}
