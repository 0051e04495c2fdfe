/**
 * Batches from a fixed list of sequences: all of them in every step, or some at a time in an order of its own for each
 * epoch.
 *
 * Invariant: the batch of a step depends on sequences, options and step only, so a run can continue anywhere.
 */
import { trainingError } from "../errors.ts";
import { RandomSource } from "../random.ts";
import type { BatchSeries } from "./packedBatches.ts";

export interface SequenceBatchOptions {
  /** Sequences of a step; the last step of an epoch may have fewer. Default: all. */
  readonly perStep?: number;
  /** Of the order. Default 0. */
  readonly seed?: number;
}

/** Throws `corpus_empty`, and `training_option_invalid` for a number of sequences below 1. */
export function sequenceBatches(
  sequences: readonly (readonly number[])[],
  { perStep = sequences.length, seed = 0 }: SequenceBatchOptions = {},
): BatchSeries {
  if (sequences.length === 0) throw trainingError("corpus_empty", "sequences: expected at least one, got none");
  if (!Number.isSafeInteger(perStep) || perStep < 1) {
    throw trainingError("training_option_invalid", `perStep: expected an integer from 1 on, got ${perStep}`);
  }
  const stepsPerEpoch = Math.ceil(sequences.length / perStep);
  let known: { readonly epoch: number; readonly order: Int32Array } | undefined;
  return {
    stepsPerEpoch,
    batch(step) {
      if (stepsPerEpoch === 1) return { sequences };
      const epoch = Math.floor((step - 1) / stepsPerEpoch);
      if (known?.epoch !== epoch) {
        known = { epoch, order: new RandomSource(seed, `epoch ${epoch}`).permutation(sequences.length) };
      }
      const start = ((step - 1) % stepsPerEpoch) * perStep;
      const chosen = known.order.subarray(start, start + perStep);
      return { sequences: Array.from(chosen, (index) => sequences[index] as readonly number[]) };
    },
  };
}
