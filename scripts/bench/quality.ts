/**
 * `npm run bench -- quality`: what q8 and q4 do to a model's answers.
 *
 * For each model the mean divergence (KL) from float32 over all positions, and the share of the tokens that float32 would
 * choose that stay, where it was sure by a margin of more than 0.05. Once more without the positions at which a router
 * chose another expert: that is what quantising does to numbers, the rest is what the model makes of it.
 *
 * Sequences are those of the folder's evaluation.json; without one a prompt and its greedy answer. Tiny checkpoints are
 * measured twice: as the engine runs them when it is asked for a precision, which leaves matrices in float32 that are too
 * small to gain from it, and with all their matrices quantised by force.
 */
import { existsSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { textsOption } from "../../src/cli/framework/numberOptions.ts";
import { textOption, withDefault } from "../../src/cli/framework/option.ts";
import { createEngine, type EngineOptions } from "../../src/moe/engine/engine.ts";
import { folderSlotSource } from "../../src/moe/folderSource.ts";
import { defineScript } from "../support/script.ts";
import { folderOf } from "./engine/checkpoints.ts";
import { Agreement, MARGIN, type Position } from "./quality/agreement.ts";
import type { BenchReport, BenchRow } from "./report.ts";
import { SYNTHETIC_SHAPES, type SyntheticShape } from "./synthetic/shapes.ts";

const ROOT = join(import.meta.dirname, "../..");
const CHECKPOINTS = join(ROOT, "test/fixtures/checkpoints");
const DEMO = join(ROOT, "data/demo");
const NAMES = [
  "mixtral",
  "olmoe",
  "qwen2moe",
  "qwen3moe",
  "deepseek_v2-lite",
  "deepseek_v3",
  "gpt_oss",
  "granitemoe",
  "phimoe",
];
const PROMPT = [9, 40, 77, 120, 33, 250, 61];
const TOKENS = 24;
const MAX_SEQUENCES = 40;

type Sequences = readonly (readonly number[])[];

export const script = defineScript({
  description:
    "Measures how far q8 and q4 are from float32 for each checkpoint: the mean divergence of the probabilities, and the " +
    `share of the tokens that stay the same where float32 was sure by a margin of more than ${MARGIN}.`,
  options: {
    checkpoint: {
      ...textsOption("Folder of a model to measure. May be given several times.", "dir", 100),
      fallbackText: "one of each architecture of the tests, data/demo, and the synthetic model small",
    },
    folder: withDefault(textOption("Where the synthetic model is kept.", "dir"), join(tmpdir(), "ai-block-bench")),
  },
  run: async ({ checkpoint, folder }) => benchQuality(checkpoint ?? (await usualFolders(folder))),
});

async function benchQuality(folders: readonly string[]): Promise<BenchReport> {
  const rows: BenchRow[] = [];
  const tiny = { q8: new Agreement(), q4: new Agreement() };
  const usual = { q8: new Agreement(), q4: new Agreement() };
  for (const folder of folders) {
    console.error(`quality: ${basename(folder)} …`);
    const sequences = await sequencesOf(folder);
    const exact = await positionsOf(folder, sequences, { precision: "f32" });
    for (const precision of ["q8", "q4"] as const) {
      const agreement = new Agreement();
      agreement.add(exact, await positionsOf(folder, sequences, { precision, minQuantisedSaving: 0 }));
      rows.push(...agreement.rows(`${basename(folder)} ${precision}`, aimOf(precision)));
      if (!folder.startsWith(CHECKPOINTS)) continue;
      tiny[precision].join(agreement);
      usual[precision].add(exact, await positionsOf(folder, sequences, { precision }));
    }
  }
  for (const precision of ["q8", "q4"] as const) {
    rows.push(...usual[precision].rows(`all tiny ones ${precision}, as the engine runs them`, aimOf(precision)));
    rows.push(...tiny[precision].rows(`all tiny ones ${precision}, by force`));
  }
  return { rows, notes: [`tokens count where float32 was sure by more than ${MARGIN}`] };
}

function aimOf(precision: "q8" | "q4"): string | undefined {
  return precision === "q8" ? "99 %" : undefined;
}

async function usualFolders(root: string): Promise<string[]> {
  const demo = existsSync(join(DEMO, "config.json")) ? [DEMO] : [];
  const synthetic = await folderOf(root, SYNTHETIC_SHAPES.small as SyntheticShape);
  return [...NAMES.map((name) => join(CHECKPOINTS, name)), ...demo, synthetic];
}

async function sequencesOf(folder: string): Promise<Sequences> {
  const evaluation = join(folder, "evaluation.json");
  if (existsSync(evaluation)) {
    return (JSON.parse(readFileSync(evaluation, "utf8")) as Sequences).slice(0, MAX_SEQUENCES);
  }
  const source = await folderSlotSource(folder);
  const engine = await createEngine({ source });
  const ids = [...PROMPT];
  try {
    for await (const event of engine.generate({ ids: PROMPT, maxTokens: TOKENS, sampling: { temperature: 0 } })) {
      if (event.type === "token") ids.push(event.id);
    }
  } finally {
    await engine.close();
    await source.close();
  }
  return [ids];
}

/** What is computed at every position of every sequence. */
async function positionsOf(
  folder: string,
  sequences: Sequences,
  options: Omit<EngineOptions, "source">,
): Promise<Position[]> {
  const source = await folderSlotSource(folder);
  const engine = await createEngine({ ...options, source });
  const positions: Position[] = [];
  try {
    for (const ids of sequences) {
      for await (const event of engine.generate({ ids, maxTokens: 0, trace: true })) {
        if (event.type !== "trace" || event.logits === undefined) continue;
        const experts = event.routing.map((layer) => layer.experts.toSorted((a, b) => a - b).join()).join(";");
        positions.push({ logits: event.logits, experts });
      }
    }
  } finally {
    await engine.close();
    await source.close();
  }
  return positions;
}
