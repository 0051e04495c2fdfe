/**
 * `npm run bench -- training [rounds]`: a training step of the demo model's shape, beside the matrix products that the
 * same machine does in the same minute, and the step of one expert beside the full step.
 *
 * Rounds take turns, so that what else the machine does falls on both sides of a ratio; the best round of each counts.
 */
import { availableParallelism } from "node:os";
import { documentBatches } from "../../src/moe/training/batch/documentBatches.ts";
import { randomModel } from "../../src/moe/training/initial/randomModel.ts";
import { RandomSource } from "../../src/moe/training/random.ts";
import { createTrainer, type Trainer } from "../../src/moe/training/trainer.ts";
import { demoConfig } from "../demo/model.ts";
import { type BenchReport, compared } from "./report.ts";
import { stepOperations } from "./training/operations.ts";
import { MatmulPeak } from "./training/peak.ts";

const VOCAB = 4096;
const POSITIONS = 4096;
const MAX_THREADS = 2;
const PEAK_RUNS = 20;

export async function run(args: string[]): Promise<BenchReport> {
  const rounds = Number(args[0] ?? 6);
  const threads = Math.min(availableParallelism(), MAX_THREADS);
  const source = randomModel({ config: demoConfig(VOCAB, { end: 0, pad: 1 }), seed: 1 });
  // The steps of one expert repeat a batch, as a miner's do: what lies below the expert is computed once.
  const series = documentBatches(conversations(), { positions: POSITIONS, maxLength: 128, seed: 1 });
  const batch = series.batch(1);
  const tokens = batch.sequences.reduce((sum, { length }) => sum + length, 0);
  const peak = new MatmulPeak(threads);
  const full = await createTrainer({ source, threads, clipNorm: 1, auxiliaryLoss: 0.01 });
  const chosen = ["layer0.expert3", "layer3.expert3"] as const;
  const experts: Trainer[] = [];
  try {
    for (const layer of [0, 3]) {
      experts.push(await createTrainer({ source, threads, mode: { kind: "expert", layer, expert: 3 } }));
    }
    const step = async (trainer: Trainer): Promise<number> => {
      const startMs = performance.now();
      await trainer.step(batch);
      return performance.now() - startMs;
    };
    // The first step builds the graphs and the prefixes.
    for (const trainer of [full, ...experts]) await step(trainer);
    const best = { peak: 0, fullMs: Infinity, expertMs: [Infinity, Infinity] };
    for (let round = 0; round < rounds; round++) {
      best.peak = Math.max(best.peak, peak.measure(PEAK_RUNS));
      best.fullMs = Math.min(best.fullMs, await step(full), await step(full));
      for (const [i, trainer] of experts.entries()) {
        best.expertMs[i] = Math.min(best.expertMs[i] as number, await step(trainer), await step(trainer));
      }
    }
    const speed = stepOperations(source.spec, batch) / (best.fullMs / 1000) / 1e9;
    const peakRow = { name: `matrix product, 1024 x 1024 x 1024, ${threads} threads`, value: best.peak / 1e9 };
    return {
      rows: [
        { name: "full step", value: tokens / (best.fullMs / 1000), unit: "tokens/s" },
        compared({ name: "full step", value: speed, unit: "GFLOP/s", floor: peakRow, aim: "0.40 or more" }),
        ...best.expertMs.map((ms, i) =>
          compared({
            name: `step of ${chosen[i]}`,
            value: ms,
            unit: "ms",
            floor: { name: "full step", value: best.fullMs },
            aim: "0.33 or less",
          }),
        ),
      ],
      notes: [
        `the demo model's shape: ${source.spec.layers.length} layers, hidden ${source.spec.hiddenSize}, ` +
          `${source.spec.experts.count} experts of ${source.spec.experts.intermediateSize}, top-${source.spec.experts.perToken}, vocabulary ${VOCAB}`,
        `${batch.sequences.length} sequences of ${batch.sequences[0]?.length} to ${batch.sequences.at(-1)?.length} tokens, half of them targets; ${threads} threads`,
        "operations are those of the necessary matrix products; best of the rounds, which take turns",
      ],
    };
  } finally {
    peak.close();
    await Promise.all([full, ...experts].map((trainer) => trainer.close()));
  }
}

/** Lengths as those of short conversations, of which the answer is learned. */
function conversations() {
  const random = new RandomSource(1, "conversations");
  return Array.from({ length: 2000 }, () => {
    const length = 32 + random.below(97);
    const tokens = Array.from({ length }, () => random.below(VOCAB));
    return { tokens, targets: tokens.map((_, i) => i >= length / 2) };
  });
}
