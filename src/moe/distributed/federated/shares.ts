/**
 * How much each accepted update counts. A worker can state any number of samples and send any change, so both have
 * caps: one update can neither outvote the others by a number nor move the weights far by its length.
 */
import { expectThat } from "../errors.ts";
import { normOf, type TensorSet } from "./tensorSet.ts";
import type { ExpertUpdate } from "./update.ts";

export interface AggregationLimits {
  /** Samples of one update that count. Default 1,000,000. */
  readonly maxSamples?: number;
  /** Longest change; longer ones are scaled down to it. Default: only `maxNormRatio` limits it. */
  readonly maxChangeNorm?: number;
  /**
   * Longest change as a multiple of the round's median (of those that are not 0; the lower one of two): longer ones are
   * scaled down to it. As long as fewer than half send huge changes, these do not move it. It holds from three updates
   * on: of two nobody can tell which one is wrong. Default 10.
   */
  readonly maxNormRatio?: number;
}

export interface Share {
  readonly worker: string;
  readonly samples: number;
  /** Part of all samples of the round that count. */
  readonly share: number;
  /** Factor of the change and of the control variate's change: below 1 when they were too long. */
  readonly changeScale: number;
  readonly controlScale: number;
}

export const DEFAULT_MAX_SAMPLES = 1_000_000;
const DEFAULT_NORM_RATIO = 10;

/** Throws `distributed_option_invalid`. */
export function checkLimits({ maxSamples = 1, maxChangeNorm = 1, maxNormRatio = 1 }: AggregationLimits): void {
  const code = "distributed_option_invalid";
  expectThat(Number.isSafeInteger(maxSamples) && maxSamples >= 1, code, "maxSamples", "a positive integer", maxSamples);
  expectThat(maxChangeNorm > 0, code, "maxChangeNorm", "a positive number", maxChangeNorm);
  expectThat(maxNormRatio >= 1, code, "maxNormRatio", "a number from 1 on", maxNormRatio);
}

/** @param updates checked, at least one */
export function sharesOf(updates: readonly ExpertUpdate[], limits: AggregationLimits): Share[] {
  const { maxSamples = DEFAULT_MAX_SAMPLES } = limits;
  const counted = updates.map(({ samples }) => Math.min(samples, maxSamples));
  const total = counted.reduce((sum, samples) => sum + samples, 0);
  const changeScales = scalesOf(
    updates.map(({ change }) => change),
    limits,
  );
  // A control variate is a gradient: the absolute cap of a change means nothing for it, the ratio does.
  const controlLimits = limits.maxNormRatio === undefined ? {} : { maxNormRatio: limits.maxNormRatio };
  const controlScales = scalesOf(
    updates.map(({ controlChange }) => controlChange ?? new Map()),
    controlLimits,
  );
  return updates.map(({ worker }, i) => ({
    worker,
    samples: counted[i] as number,
    share: (counted[i] as number) / total,
    changeScale: changeScales[i] as number,
    controlScale: controlScales[i] as number,
  }));
}

function scalesOf(changes: readonly TensorSet[], limits: Omit<AggregationLimits, "maxSamples">): number[] {
  const { maxChangeNorm = Number.POSITIVE_INFINITY, maxNormRatio = DEFAULT_NORM_RATIO } = limits;
  const norms = changes.map(normOf);
  const moved = norms.filter((norm) => norm > 0).sort((a, b) => a - b);
  const median = moved[Math.floor((moved.length - 1) / 2)] as number;
  const cap = Math.min(maxChangeNorm, moved.length < 3 ? Number.POSITIVE_INFINITY : maxNormRatio * median);
  return norms.map((norm) => (norm > cap ? cap / norm : 1));
}
