/**
 * The end of a step: the threads' gradients are summed, clipped by their norm, and applied. Every thread does one slice
 * of all trained parts. Nothing is changed before all threads know that the gradient is finite.
 */
import { trainingError } from "../errors.ts";
import type { FloatMemory, SharedFloats } from "../kernels/floatMemory.ts";
import { ALIGNMENT, type ParameterLayout } from "../memory/layout.ts";
import { type AdamwSettings, adamwFactors } from "../optimizer/adamw.ts";
import type { Barrier } from "./barrier.ts";
import type { TrainingMemory } from "./memory.ts";

export interface UpdateCommand {
  readonly learningRate: number;
  /** Number of this update, from 1 on. */
  readonly step: number;
  /** Largest norm of the gradient; a longer one is scaled down. */
  readonly clipNorm: number | undefined;
  readonly settings: AdamwSettings;
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly decays: boolean;
}

export class SliceUpdate {
  readonly #memory: TrainingMemory;
  readonly #floats: FloatMemory;
  readonly #thread: number;
  readonly #barrier: Barrier;
  readonly #from: number;
  readonly #to: number;
  readonly #ranges: readonly Range[];

  constructor(
    layout: ParameterLayout,
    memory: TrainingMemory,
    floats: FloatMemory,
    thread: number,
    barrier: Barrier,
    decayed: AdamwSettings["decayed"],
  ) {
    const threads = memory.gradients.length;
    // Parts start at multiples of ALIGNMENT, so slices do, too: loops may run in steps of four.
    const share = Math.ceil(layout.trainedLength / threads / ALIGNMENT) * ALIGNMENT;
    this.#memory = memory;
    this.#floats = floats;
    this.#thread = thread;
    this.#barrier = barrier;
    this.#from = Math.min(thread * share, layout.trainedLength);
    this.#to = Math.min(this.#from + share, layout.trainedLength);
    this.#ranges = layout.parameters
      .filter(({ trained }) => trained)
      .map(({ offset, length, shape }) => ({
        from: Math.max(offset, this.#from),
        to: Math.min(offset + length, this.#to),
        decays: decayed === "all" || shape.length > 1,
      }))
      .filter(({ from, to }) => from < to);
  }

  /** Sums this slice over all threads into the first one's gradients; gives the norm of the whole gradient. */
  reduce(): number {
    this.#barrier.wait();
    const { gradients, squares } = this.#memory;
    const [sum, ...others] = gradients.map((values) => values.subarray(this.#from, this.#to));
    for (const other of others) this.#floats.addScaled(sum as SharedFloats, other);
    squares[this.#thread] = this.#floats.sumOfSquares(sum as SharedFloats);
    this.#barrier.wait();
    return Math.sqrt(squares.reduce((total, part) => total + part, 0));
  }

  /** Throws `gradient_not_finite`. */
  apply(norm: number, { learningRate, step, clipNorm, settings }: UpdateCommand): void {
    if (!Number.isFinite(norm)) {
      const text = `training: the gradient of step ${step} is not finite; the weights are those before it`;
      throw trainingError("gradient_not_finite", text, { step });
    }
    const { trained, gradients, first, second } = this.#memory;
    const gradientScale = clipNorm !== undefined && norm > clipNorm ? clipNorm / norm : 1;
    for (const { from, to, decays } of this.#ranges) {
      const cut = (values: SharedFloats): SharedFloats => values.subarray(from, to);
      const arrays = {
        weights: cut(trained),
        gradients: cut(gradients[0] as SharedFloats),
        first: cut(first),
        second: cut(second),
      };
      this.#floats.adamw(arrays, adamwFactors({ settings, learningRate, step, gradientScale }, decays));
    }
  }
}
