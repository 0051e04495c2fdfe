/**
 * `npm run bench -- quality [checkpoint folder …]`: what q8 and q4 do to a model's answers. For each checkpoint the mean
 * divergence (KL) from float32 over every position of prompt and greedy answer, and the share of greedy tokens that stay,
 * where float32 was sure by a margin of more than 0.05. The tiny checkpoints of the tests are quantised by force.
 */
import { basename, join } from "node:path";
import { createEngine, type EngineOptions } from "../../src/moe/engine/engine.ts";
import { folderSlotSource } from "../../src/moe/folderSource.ts";
import { logSumExp } from "../../src/moe/sampling/logprobs.ts";
import type { BenchReport, BenchRow } from "./report.ts";

const CHECKPOINTS = join(import.meta.dirname, "../../test/fixtures/checkpoints");
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
const TOKENS = 24;
const MARGIN = 0.05;

export async function run(args: string[]): Promise<BenchReport> {
  const folders = args.length > 0 ? args : NAMES.map((name) => join(CHECKPOINTS, name));
  const rows: BenchRow[] = [];
  const kept = new Map<string, [same: number, sure: number]>();
  for (const folder of folders) {
    const exact = await logitsOf(folder, { precision: "f32" });
    for (const precision of ["q8", "q4"] as const) {
      const other = await logitsOf(folder, { precision, minQuantisedSaving: 0 }, exact.ids);
      const { divergence, same, sure } = compare(exact.logits, other.logits);
      const name = `${basename(folder)} ${precision}`;
      rows.push({ name: `${name}: mean KL to f32`, value: divergence, unit: "nats" });
      rows.push({ name: `${name}: greedy tokens kept`, value: (100 * same) / sure, unit: "%" });
      const [allSame, allSure] = kept.get(precision) ?? [0, 0];
      kept.set(precision, [allSame + same, allSure + sure]);
    }
  }
  for (const [precision, [same, sure]] of kept) {
    rows.push({
      name: `all ${precision}: greedy tokens kept`,
      value: (100 * same) / sure,
      unit: "%",
      ...(precision === "q8" && { aim: "99 %" }),
    });
  }
  return { rows, notes: [`margin above ${MARGIN}; slots below the memory threshold are quantised here all the same`] };
}

/** Logits of a prompt and its greedy continuation; with `ids` those of the given tokens. */
async function logitsOf(
  folder: string,
  options: Omit<EngineOptions, "source">,
  ids?: readonly number[],
): Promise<{ readonly ids: readonly number[]; readonly logits: readonly Float32Array[] }> {
  const source = await folderSlotSource(folder);
  const engine = await createEngine({ ...options, source });
  try {
    const tokens = [...(ids ?? [9, 40, 77, 120, 33, 250, 61])];
    if (ids === undefined) {
      for await (const event of engine.generate({ ids: tokens, maxTokens: TOKENS, sampling: { temperature: 0 } })) {
        if (event.type === "token") tokens.push(event.id);
      }
    }
    const { logits } = await engine.slice({ session: "quality", position: 0, ids: tokens, logits: "all" });
    const { vocabSize } = source.spec;
    const all = logits as Float32Array;
    return { ids: tokens, logits: tokens.map((_, i) => all.subarray(i * vocabSize, (i + 1) * vocabSize)) };
  } finally {
    await engine.close();
    await source.close();
  }
}

function compare(
  exact: readonly Float32Array[],
  other: readonly Float32Array[],
): { divergence: number; same: number; sure: number } {
  let divergence = 0;
  let same = 0;
  let sure = 0;
  for (const [i, logits] of exact.entries()) {
    const changed = other[i] as Float32Array;
    const [sum, changedSum] = [logSumExp(logits), logSumExp(changed)];
    for (let id = 0; id < logits.length; id++) {
      const logprob = (logits[id] as number) - sum;
      divergence += Math.exp(logprob) * (logprob - ((changed[id] as number) - changedSum));
    }
    const [best = 0, second = 0] = logits.toSorted().reverse();
    if (best - second <= MARGIN) continue;
    sure++;
    if (changed[logits.indexOf(best)] === changed.reduce((a, b) => Math.max(a, b))) same++;
  }
  return { divergence: divergence / exact.length, same, sure };
}
