/**
 * AdamW: both moments corrected for their start at 0, epsilon added outside the square root, weight decay decoupled
 * from the gradient. https://arxiv.org/abs/1711.05101, algorithm 2
 *
 *   m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2
 *   w = w (1 - lr decay) - lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)
 */

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

/** What is updated together: arrays of equal length. */
export interface AdamwArrays {
  readonly weights: Float32Array;
  readonly gradients: Float32Array;
  readonly first: Float32Array;
  readonly second: Float32Array;
}

export interface AdamwStep {
  readonly settings: AdamwSettings;
  readonly learningRate: number;
  /** Number of this update, from 1 on. */
  readonly step: number;
  /** Factor of the gradients, from clipping. */
  readonly gradientScale: number;
}

/** Updates elements [from, to). `decays`: whether these elements decay. */
export function updateAdamw(
  arrays: AdamwArrays,
  { settings, learningRate, step, gradientScale }: AdamwStep,
  from: number,
  to: number,
  decays: boolean,
): void {
  const { weights, gradients, first, second } = arrays;
  const [beta1, beta2] = settings.betas;
  const { epsilon } = settings;
  const keep = decays ? 1 - learningRate * settings.weightDecay : 1;
  const stepSize = learningRate / (1 - beta1 ** step);
  const secondScale = 1 / Math.sqrt(1 - beta2 ** step);
  for (let i = from; i < to; i++) {
    const gradient = (gradients[i] as number) * gradientScale;
    const m = beta1 * (first[i] as number) + (1 - beta1) * gradient;
    const v = beta2 * (second[i] as number) + (1 - beta2) * gradient * gradient;
    first[i] = m;
    second[i] = v;
    weights[i] = (weights[i] as number) * keep - (stepSize * m) / (Math.sqrt(v) * secondScale + epsilon);
  }
}
