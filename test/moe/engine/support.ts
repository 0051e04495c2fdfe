/** Checkpoints of test/fixtures/checkpoints and what the reference library computes from them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createEngine, type Engine, type EngineOptions, type GenerateOptions } from "../../../src/moe/engine/engine.ts";
import { type FolderSource, folderSlotSource } from "../../../src/moe/folderSource.ts";

export const CHECKPOINTS = join(import.meta.dirname, "../../fixtures/checkpoints");

export const ARCHITECTURE_NAMES = [
  "mixtral",
  "mixtral-bf16",
  "mixtral-f16",
  "olmoe",
  "olmoe-bf16",
  "olmoe-f16",
  "qwen2moe",
  "qwen2moe-mix",
  "qwen3moe",
  "qwen3moe-mix-v5",
  "deepseek_v2-lite",
  "deepseek_v2-group",
  "deepseek_v3",
  "gpt_oss",
  "gpt_oss-mxfp4",
  "granitemoe",
  "phimoe",
];

export const PYTORCH_NAMES = ["mixtral-pt", "mixtral-bf16-pt", "olmoe-pt", "olmoe-f16-pt"];

export interface Reference {
  readonly ignored_tensors: readonly string[];
  readonly prompts: readonly {
    readonly name: string;
    readonly input_ids: readonly number[];
    readonly logits_last: readonly number[];
    readonly greedy_ids: readonly number[];
    readonly greedy_margins: readonly number[];
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

export function readReference(name: string): Reference {
  return JSON.parse(readFileSync(join(CHECKPOINTS, name, "reference.json"), "utf8")) as Reference;
}

export function readTraining(name: string): TrainingReference {
  return JSON.parse(readFileSync(join(CHECKPOINTS, name, "training.json"), "utf8")) as TrainingReference;
}

export function promptOf(reference: Reference, name: string): Reference["prompts"][number] {
  return reference.prompts.find((prompt) => prompt.name === name) as Reference["prompts"][number];
}

/** Runs `use` with an engine over a fixture and closes both, also when it throws. */
export async function withEngine<T>(
  name: string,
  options: Omit<EngineOptions, "source">,
  use: (engine: Engine, source: FolderSource) => Promise<T>,
): Promise<T> {
  const source = await folderSlotSource(join(CHECKPOINTS, name));
  try {
    const engine = await createEngine({ ...options, source });
    try {
      return await use(engine, source);
    } finally {
      await engine.close();
    }
  } finally {
    await source.close();
  }
}

export const GREEDY = { temperature: 0 };

/** The tokens of a greedy generation. */
export async function greedy(
  engine: Engine,
  ids: readonly number[],
  maxTokens: number,
  options: Partial<GenerateOptions> = {},
): Promise<number[]> {
  const tokens: number[] = [];
  for await (const event of engine.generate({ ids, maxTokens, sampling: GREEDY, ...options })) {
    if (event.type === "token") tokens.push(event.id);
  }
  return tokens;
}

/** Largest absolute difference of two lists. */
export function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`lengths differ: ${a.length} and ${b.length}`);
  let worst = 0;
  for (let i = 0; i < a.length; i++) worst = Math.max(worst, Math.abs((a[i] as number) - (b[i] as number)));
  return worst;
}
