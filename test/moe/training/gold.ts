/** Expected values of training runs, computed by the reference library; see the fixtures' README. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export const GOLD_CHECKPOINTS = ["mixtral", "olmoe", "qwen2moe", "qwen3moe"] as const;

export const FIXTURES = join(import.meta.dirname, "../../fixtures/checkpoints");

interface Run {
  readonly lr: number;
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly weight_decay: number;
  readonly steps: number;
  readonly losses: readonly number[];
}

export interface Gold {
  readonly batch: readonly (readonly number[])[];
  readonly loss0: number;
  readonly loss_per_sequence: readonly number[];
  readonly expert_tokens: readonly (readonly number[])[];
  readonly grad_norms: Readonly<Record<string, number>>;
  readonly grad_samples: readonly {
    readonly name: string;
    readonly indices: readonly number[];
    readonly values: readonly number[];
  }[];
  readonly short: Pick<Gold, "batch" | "loss0" | "expert_tokens" | "grad_norms">;
  readonly full_adamw: Run;
  readonly expert_adamw: Run & {
    readonly layer: number;
    readonly expert: number;
    readonly tensors: readonly string[];
    readonly final_norms: Readonly<Record<string, number>>;
    readonly change_norms: Readonly<Record<string, number>>;
  };
  readonly evaluation: Pick<Gold, "batch"> & { readonly loss_original: number; readonly loss_trained_expert: number };
}

export function readGold(name: string): Gold {
  return JSON.parse(readFileSync(join(FIXTURES, name, "training.json"), "utf8")) as Gold;
}

/** The optimiser and schedule of a run. */
export function optionsOf({ lr, betas, eps, weight_decay }: Run) {
  return { optimizer: { betas, epsilon: eps, weightDecay: weight_decay }, schedule: { learningRate: lr } };
}

export function norm(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}

/** The largest difference in units of `tolerance`, which may differ by entry. */
export function worst(got: readonly number[], expected: readonly number[], tolerance: (i: number) => number): number {
  expect(got.length).toBe(expected.length);
  return got.reduce((most, value, i) => Math.max(most, Math.abs(value - (expected[i] as number)) / tolerance(i)), 0);
}
