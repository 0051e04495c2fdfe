import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEngine } from "../../../src/moe/engine/engine.ts";
import { folderSlotSource } from "../../../src/moe/folderSource.ts";
import { documentBatches } from "../../../src/moe/training/batch/documentBatches.ts";
import type { Document } from "../../../src/moe/training/batch/packedBatches.ts";
import { evaluationLoss } from "../../../src/moe/training/evaluate.ts";
import { readModelFiles, saveModel } from "../../../src/moe/training/store/saveModel.ts";
import { createTrainer, type Trainer } from "../../../src/moe/training/trainer.ts";
import { runTraining } from "../../../src/moe/training/trainingRun.ts";
import { greedy } from "../engine/support.ts";
import { FIXTURES } from "./gold.ts";
import { tinyModel, VOCAB } from "./tinyModel.ts";

const ANSWER_LENGTH = 5;
const ASK = 40;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "training-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A question names a number; the answer, which alone is learned, goes on from it in steps of three. */
function conversation(start: number): Document {
  const question = [ASK + (start % 3), start, ASK + 5];
  const answer = Array.from({ length: ANSWER_LENGTH }, (_, i) => (start + 3 * (i + 1)) % ASK);
  const tokens = [...question, ...answer];
  return { tokens, targets: tokens.map((_, i) => i >= question.length) };
}

/** The most probable continuation by the trainer's own weights: the token with the lowest loss as the only target. */
async function nextByTrainer(trainer: Trainer, ids: readonly number[]): Promise<number> {
  const sequences = Array.from({ length: VOCAB }, (_, token) => [...ids, token]);
  const targets = sequences.map((tokens) => tokens.map((_, i) => i === ids.length));
  const { sequenceLosses } = await trainer.loss({ sequences, targets });
  return sequenceLosses.indexOf(Math.min(...sequenceLosses));
}

test.each([
  ["olmoe", "F32", {}],
  ["mixtral", "F16", { architectures: ["MixtralForCausalLM"], model_type: "mixtral", num_local_experts: 4 }],
  ["olmoe with tied embeddings", "F16", { tie_word_embeddings: true }],
] as const)(
  "%s in %s: a new model learns, and our engine answers with the saved files as the trainer's weights do",
  async (_, dtype, change) => {
    const documents = Array.from({ length: ASK }, (_, start) => conversation(start));
    const series = documentBatches(documents, { positions: 160, maxLength: 64, seed: 3 });
    const trainer = await createTrainer({
      source: tinyModel({ ...change, initializer_range: 0.1 }),
      threads: 2,
      clipNorm: 1,
      auxiliaryLoss: 0.01,
      schedule: { learningRate: 0.02, warmupSteps: 5, totalSteps: 120, lowestShare: 0.1 },
    });
    try {
      const evaluation = Array.from({ length: series.stepsPerEpoch }, (_, i) => series.batch(i + 1));
      const before = await evaluationLoss(trainer, evaluation);
      expect(before.targets).toBe(ASK * ANSWER_LENGTH);
      expect(Math.abs(before.loss - Math.log(VOCAB))).toBeLessThan(1);
      await runTraining(trainer, { batches: series.batch, steps: 120 });
      expect((await evaluationLoss(trainer, evaluation)).loss).toBeLessThan(0.1);

      await saveModel(trainer, folder, { dtype, files: await readModelFiles(join(FIXTURES, "mixtral")) });
      expect(await readdir(folder)).toEqual(expect.arrayContaining(["config.json", "model.safetensors"]));
      const source = await folderSlotSource(folder);
      const engine = await createEngine({ source });
      try {
        for (const start of [0, 7, 22, 39]) {
          const { tokens } = conversation(start);
          const ids = tokens.slice(0, -ANSWER_LENGTH);
          const answer = await greedy(engine, ids, ANSWER_LENGTH);
          expect(answer).toEqual(tokens.slice(-ANSWER_LENGTH));
          for (const [i, token] of answer.entries()) {
            expect(await nextByTrainer(trainer, [...ids, ...answer.slice(0, i)])).toBe(token);
          }
        }
      } finally {
        await engine.close();
        await source.close();
      }
    } finally {
      await trainer.close();
    }
  },
);
