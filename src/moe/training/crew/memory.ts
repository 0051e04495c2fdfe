/** Memory that the training threads share. Weights are read by all; every thread writes its own gradients and its slice. */
import type { ModelSpec } from "../../model/spec.ts";
import { trainingError } from "../errors.ts";
import { allocateFloats, type SharedFloats } from "../kernels/floatMemory.ts";
import { createWasmMemory, type WasmMemory } from "../kernels/webAssembly.ts";
import type { ParameterLayout } from "../memory/layout.ts";
import { CONTROL_WORDS } from "./barrier.ts";

export interface TrainingMemory {
  /** Holds all arrays of trained parts, and the threads' scratch arrays. */
  readonly wasm: WasmMemory;
  readonly trained: SharedFloats;
  readonly frozen: SharedFloats;
  /** By thread, in the layout of `trained`. After a step the first holds the sum of all. */
  readonly gradients: readonly SharedFloats[];
  /** The optimiser's moments, in the layout of `trained`. */
  readonly first: SharedFloats;
  readonly second: SharedFloats;
  readonly control: Int32Array;
  /** By thread: sum of squares of its slice of the gradient. */
  readonly squares: Float64Array;
  /** What threads tell each other between forward and backward; see `Tally`. */
  readonly tallies: Float64Array;
}

/** Throws `training_failed` when there is not enough memory, or when Node is too old to have 64-bit memories. */
export function createMemory(spec: ModelSpec, layout: ParameterLayout, threads: number): TrainingMemory {
  const { trainedLength, frozenLength } = layout;
  try {
    const wasm = createWasmMemory();
    const array = (): SharedFloats => allocateFloats(wasm, trainedLength);
    const doubles = (length: number): Float64Array => new Float64Array(new SharedArrayBuffer(8 * length));
    return {
      wasm,
      trained: array(),
      frozen: new Float32Array(new SharedArrayBuffer(4 * frozenLength)),
      gradients: Array.from({ length: threads }, array),
      first: array(),
      second: array(),
      control: new Int32Array(new SharedArrayBuffer(4 * CONTROL_WORDS)),
      squares: doubles(threads),
      tallies: doubles(2 * threads * tallyWords(spec)),
    };
  } catch (cause) {
    // Older engines read the size of a 64-bit memory as a number and refuse it as a BigInt.
    if (cause instanceof TypeError) {
      const text = `training: expected Node 24 or later, which has 64-bit WebAssembly memory, got ${process.version}`;
      throw trainingError("training_failed", text, { node: process.version }, { cause });
    }
    const bytes = 4 * (frozenLength + trainedLength * (3 + threads));
    const text = `training: could not reserve ${bytes} bytes for weights, gradients and moments`;
    throw trainingError("training_failed", text, { bytes }, { cause });
  }
}

/** The loss sum, then for each layer the experts' counts and their summed probabilities. */
export function tallyWords(spec: ModelSpec): number {
  return 1 + 2 * spec.layers.length * spec.experts.count;
}
