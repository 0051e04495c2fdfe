/** What a worker sends after its local steps, and the checks it must pass: it comes from somebody else. */
import { distributedError } from "../errors.ts";
import { checkFinite, checkSameTensors, type TensorSet } from "./tensorSet.ts";

export interface ExpertUpdate {
  readonly worker: string;
  /** Number of the round whose weights it began with. */
  readonly round: number;
  /** Sequences that it was trained on: its weight in the mean. */
  readonly samples: number;
  /** Weights after the local steps minus those of the round. */
  readonly change: TensorSet;
  /** SCAFFOLD: the worker's control variate after the round minus before. */
  readonly controlChange?: TensorSet;
}

/** What the server gives out at the start of a round, and what the round's updates turn into the next. */
export interface RoundState {
  /** From 1 on. */
  readonly round: number;
  readonly weights: TensorSet;
  /** SCAFFOLD: c. */
  readonly control?: TensorSet;
}

/**
 * Throws `update_round_mismatch`, `update_samples_invalid`, `update_tensors_mismatch`, `update_not_finite`; cheap checks
 * come first. An update whose sum with the weights leaves float32 is not finite either.
 */
export function checkUpdate(update: ExpertUpdate, state: RoundState): void {
  const { round, samples, change, controlChange } = update;
  if (round !== state.round) {
    const text = `update.round: expected ${state.round}, got ${round}`;
    throw distributedError("update_round_mismatch", text, { expected: state.round, got: round });
  }
  if (!Number.isSafeInteger(samples) || samples < 1) {
    throw distributedError("update_samples_invalid", `update.samples: expected a positive integer, got ${samples}`);
  }
  checkSameTensors("update.change", change, state.weights);
  if (state.control !== undefined) {
    if (controlChange === undefined) {
      throw distributedError("update_tensors_mismatch", "update.controlChange: expected it with SCAFFOLD, got none");
    }
    checkSameTensors("update.controlChange", controlChange, state.control);
    checkFinite("update.controlChange", controlChange);
    checkSumFinite("update.controlChange", state.control, controlChange);
  }
  checkFinite("update.change", change);
  checkSumFinite("update.change", state.weights, change);
}

function checkSumFinite(what: string, base: TensorSet, change: TensorSet): void {
  for (const [name, values] of change) {
    const from = base.get(name) as Float32Array;
    for (let i = 0; i < values.length; i++) {
      if (Number.isFinite(Math.fround((from[i] as number) + (values[i] as number)))) continue;
      const text = `${what}: ${name}: element ${i} added to its weight leaves the range of float32`;
      throw distributedError("update_not_finite", text, { tensor: name, element: i });
    }
  }
}
