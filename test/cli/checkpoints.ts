/** The fixture checkpoints, and what the reference library computes from them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../sourceFiles.ts";

export const CHECKPOINTS = join(ROOT, "test", "fixtures", "checkpoints");

export interface Reference {
  readonly prompts: readonly {
    readonly name: string;
    readonly input_ids: readonly number[];
    readonly greedy_ids: readonly number[];
  }[];
  readonly detail: {
    readonly prompt: string;
    readonly logits_all: readonly (readonly number[])[];
    readonly embedding_last: readonly number[];
    readonly hidden_last: readonly (readonly number[])[];
    readonly router: readonly {
      readonly layer: number;
      readonly indices: readonly (readonly number[])[];
      readonly weights: readonly (readonly number[])[];
    }[];
  };
}

export interface TrainingReference {
  readonly batch: readonly (readonly number[])[];
  readonly loss0: number;
  readonly loss_per_sequence: readonly number[];
  readonly evaluation: { readonly batch: readonly (readonly number[])[]; readonly loss_original: number };
}

export function checkpoint(...names: readonly string[]): string {
  return join(CHECKPOINTS, ...names);
}

export function readReference(name: string): Reference {
  return JSON.parse(readFileSync(checkpoint(name, "reference.json"), "utf8")) as Reference;
}

export function readTraining(name: string): TrainingReference {
  return JSON.parse(readFileSync(checkpoint(name, "training.json"), "utf8")) as TrainingReference;
}

export function detailOf({ prompts, detail }: Reference) {
  return prompts.find(({ name }) => name === detail.prompt)!;
}

/** Largest absolute difference of two lists. */
export function difference(a: readonly number[], b: readonly number[]): number {
  expect(a.length).toBe(b.length);
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i]!)), 0);
}
