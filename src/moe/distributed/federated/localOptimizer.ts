/**
 * The optimiser of local steps: plain stochastic gradient descent, as in the papers, or AdamW, which trains experts
 * better. It begins anew in every round, so a worker may miss rounds.
 */
import { trainingError } from "../../training/errors.ts";
import { FloatMemory, type SharedFloats } from "../../training/kernels/floatMemory.ts";
import { type AdamwOptions, type AdamwSettings, adamwFactors, adamwSettings } from "../../training/optimizer/adamw.ts";
import type { Trainer } from "../../training/trainer.ts";
import { expectThat } from "../errors.ts";
import type { GradientCorrection } from "./method.ts";
import { tensorName, trainedParameters } from "./trainerTensors.ts";

export type LocalOptimizerOptions = {
  readonly learningRate: number;
  /** Largest norm of a corrected gradient: longer ones are scaled down to it. Default: no clipping. */
  readonly clipNorm?: number;
} & ({ readonly kind: "sgd" } | { readonly kind: "adamw"; readonly adamw?: AdamwOptions });

const MAX_LEARNING_RATE = 1e6;

/** Throws `distributed_option_invalid`. */
export function checkLocalOptimizer({ kind, learningRate, clipNorm = 1 }: LocalOptimizerOptions): void {
  const code = "distributed_option_invalid";
  expectThat(kind === "sgd" || kind === "adamw", code, "optimizer.kind", "sgd or adamw", kind);
  const inRange = learningRate > 0 && learningRate <= MAX_LEARNING_RATE;
  expectThat(inRange, code, "optimizer.learningRate", `above 0, at most ${MAX_LEARNING_RATE}`, learningRate);
  expectThat(clipNorm > 0, code, "optimizer.clipNorm", "a positive number", clipNorm);
}

export class LocalOptimizer {
  readonly #trainer: Trainer;
  readonly #floats: FloatMemory;

  constructor(trainer: Trainer) {
    this.#trainer = trainer;
    this.#floats = new FloatMemory(trainer.memory.wasm);
  }

  /** Before the first step of a round. */
  reset(): void {
    const { first, second } = this.#trainer.memory;
    first.fill(0);
    second.fill(0);
  }

  /**
   * Applies the gradient that the trainer computed last.
   * @param step from 1 on, since `reset`
   * Throws `gradient_not_finite` with the weights as they were.
   */
  apply(options: LocalOptimizerOptions, correction: GradientCorrection | undefined, step: number): void {
    const gradient = this.#trainer.memory.gradients[0] as SharedFloats;
    if (correction !== undefined) this.#correct(gradient, correction);
    const norm = Math.sqrt(this.#floats.sumOfSquares(gradient));
    if (!Number.isFinite(norm)) {
      const text = `local step ${step}: the gradient is not finite; the weights are those before it`;
      throw trainingError("gradient_not_finite", text, { step });
    }
    const { clipNorm } = options;
    const gradientScale = clipNorm !== undefined && norm > clipNorm ? clipNorm / norm : 1;
    if (options.kind === "sgd") {
      this.#floats.addScaled(this.#trainer.memory.trained, gradient, -options.learningRate * gradientScale);
    } else this.#adamw(gradient, adamwSettings(options.adamw), options.learningRate, gradientScale, step);
  }

  /** gradient += mu (w - centre) + addend */
  #correct(gradient: Float32Array, { mu, centre, addend }: GradientCorrection): void {
    const { trained } = this.#trainer.memory;
    for (const parameter of trainedParameters(this.#trainer)) {
      const { offset, length } = parameter;
      const name = tensorName(parameter);
      const from = centre.get(name) as Float32Array;
      const added = addend?.get(name);
      for (let i = 0; i < length; i++) {
        const pull = mu * ((trained[offset + i] as number) - (from[i] as number));
        gradient[offset + i] = (gradient[offset + i] as number) + pull + (added?.[i] ?? 0);
      }
    }
  }

  #adamw(gradient: SharedFloats, settings: AdamwSettings, learningRate: number, gradientScale: number, step: number) {
    const { trained, first, second } = this.#trainer.memory;
    for (const { offset, length, shape } of trainedParameters(this.#trainer)) {
      const cut = (values: SharedFloats): SharedFloats => values.subarray(offset, offset + length);
      const arrays = { weights: cut(trained), gradients: cut(gradient), first: cut(first), second: cut(second) };
      const decays = settings.decayed === "all" || shape.length > 1;
      this.#floats.adamw(arrays, adamwFactors({ settings, learningRate, step, gradientScale }, decays));
    }
  }
}
