/**
 * AdamW: both moments corrected for their start at 0, epsilon added outside the square root, weight decay decoupled
 * from the gradient. https://arxiv.org/abs/1711.05101, algorithm 2
 *
 *   m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2
 *   w = w (1 - lr decay) - lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)
 */

import type { AdamwFactors } from "../kernels/floatMemory.ts";

export interface AdamwOptions {
  /** Decay of the first and of the second moment. Default [0.9, 0.999]. */
  readonly betas?: readonly [number, number];
  /** Default 1e-8. */
  readonly epsilon?: number;
  /** Share of a weight that is taken off, times the learning rate. Default 0.01. */
  readonly weightDecay?: number;
  /** Which parts decay: all, or only those with at least two axes (no norms, no biases). Default `matrices`. */
  readonly decayed?: "all" | "matrices";
}

export interface AdamwSettings {
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  readonly weightDecay: number;
  readonly decayed: "all" | "matrices";
}

export function adamwSettings(options: AdamwOptions = {}): AdamwSettings {
  return {
    betas: options.betas ?? [0.9, 0.999],
    epsilon: options.epsilon ?? 1e-8,
    weightDecay: options.weightDecay ?? 0.01,
    decayed: options.decayed ?? "matrices",
  };
}

export interface AdamwStep {
  readonly settings: AdamwSettings;
  readonly learningRate: number;
  /** Number of this update, from 1 on. */
  readonly step: number;
  /** Factor of the gradients, from clipping. */
  readonly gradientScale: number;
}

/** The update in the form in which it is computed, with everything that is the same for all elements worked out. */
export function adamwFactors(
  { settings, learningRate, step, gradientScale }: AdamwStep,
  decays: boolean,
): AdamwFactors {
  const { betas, epsilon, weightDecay } = settings;
  return {
    gradientScale,
    betas,
    keep: decays ? 1 - learningRate * weightDecay : 1,
    stepSize: learningRate / (1 - betas[0] ** step),
    rootScale: 1 / Math.sqrt(1 - betas[1] ** step),
    epsilon,
  };
}
