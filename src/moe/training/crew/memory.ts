/** Memory that the training threads share. Weights are read by all; every thread writes its own gradients and its slice. */
import type { ModelSpec } from "../../model/spec.ts";
import { trainingError } from "../errors.ts";
import type { ParameterLayout } from "../memory/layout.ts";
import { CONTROL_WORDS } from "./barrier.ts";

export interface TrainingMemory {
  readonly trained: Float32Array;
  readonly frozen: Float32Array;
  /** By thread, in the layout of `trained`. After a step the first holds the sum of all. */
  readonly gradients: readonly Float32Array[];
  /** The optimiser's moments, in the layout of `trained`. */
  readonly first: Float32Array;
  readonly second: Float32Array;
  readonly control: Int32Array;
  /** By thread: sum of squares of its slice of the gradient. */
  readonly squares: Float64Array;
  /** What threads tell each other between forward and backward; see `Tally`. */
  readonly tallies: Float64Array;
}

/** Throws `training_failed` when there is not enough memory. */
export function createMemory(spec: ModelSpec, layout: ParameterLayout, threads: number): TrainingMemory {
  const { trainedLength, frozenLength } = layout;
  try {
    const floats = (length: number): Float32Array => new Float32Array(new SharedArrayBuffer(4 * length));
    const doubles = (length: number): Float64Array => new Float64Array(new SharedArrayBuffer(8 * length));
    return {
      trained: floats(trainedLength),
      frozen: floats(frozenLength),
      gradients: Array.from({ length: threads }, () => floats(trainedLength)),
      first: floats(trainedLength),
      second: floats(trainedLength),
      control: new Int32Array(new SharedArrayBuffer(4 * CONTROL_WORDS)),
      squares: doubles(threads),
      tallies: doubles(2 * threads * tallyWords(spec)),
    };
  } catch (cause) {
    const bytes = 4 * (frozenLength + trainedLength * (3 + threads));
    const text = `training: could not reserve ${bytes} bytes for weights, gradients and moments`;
    throw trainingError("training_failed", text, { bytes }, { cause });
  }
}

/** The loss sum, then for each layer the experts' counts and their summed probabilities. */
export function tallyWords(spec: ModelSpec): number {
  return 1 + 2 * spec.layers.length * spec.experts.count;
}
