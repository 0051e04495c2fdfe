/**
 * `npm run train:demo`: makes the demo model from the
 * text in scripts/demo/corpus, scores it on the held-out questions and writes the folder.
 *
 * Ctrl-C saves the state in the work folder; the same command goes on from there. One pass over the conversations.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { EXIT } from "../../src/cli/framework/exitCodes.ts";
import { integerOption, textOption, withDefault } from "../../src/cli/framework/option.ts";
import { errorMessage } from "../../src/core/errors.ts";
import { loadTokenizer } from "../../src/moe/text/tokenizer.ts";
import { documentBatches } from "../../src/moe/training/batch/documentBatches.ts";
import { randomModel } from "../../src/moe/training/initial/randomModel.ts";
import { saveModel } from "../../src/moe/training/store/saveModel.ts";
import { createTrainer } from "../../src/moe/training/trainer.ts";
import { runTraining } from "../../src/moe/training/trainingRun.ts";
import { defineScript, runScript, seedOption } from "../support/script.ts";
import { END_TOKEN, PAD_TOKEN } from "./chatTemplate.ts";
import { buildCorpus } from "./corpus/corpus.ts";
import { encodeConversations } from "./encode.ts";
import { writeEvaluation } from "./evaluation.ts";
import { demoConfig, demoGenerationConfig } from "./model.ts";
import { scoreFolder } from "./scoreFolder.ts";
import { DEMO_VOCAB_SIZE, demoTokenizerFiles } from "./tokenizer.ts";
import { TrainingLog } from "./trainingLog.ts";

/** A step is several small batches, each of conversations of similar length: little padding, and a mix in every step. */
const BATCH_POSITIONS = 1024;
const BATCHES_PER_STEP = 4;
const LEARNING_RATE = 2e-3;
const WARMUP_STEPS = 60;

const script = defineScript({
  description:
    "Makes the demo model from the text in scripts/demo/corpus, scores it on the held-out questions and writes the " +
    "folder. Ctrl-C saves the state in the work folder; the same command goes on from there.",
  options: {
    out: withDefault(textOption("Folder of the finished model.", "dir"), "data/demo"),
    work: withDefault(textOption("Folder of the unfinished state.", "dir"), "data/demo-training"),
    conversations: withDefault(integerOption("Conversations to learn from, once each.", 1, 100_000_000), 150_000),
    seed: withDefault(seedOption, 1),
  },
  run: async (options) => {
    const controller = new AbortController();
    process.once("SIGINT", () => controller.abort(new Error("interrupted: the same command goes on from here")));
    try {
      await train(options, controller.signal);
      return EXIT.ok;
    } catch (error) {
      if (!controller.signal.aborted) throw error;
      console.error(errorMessage(controller.signal.reason));
      return EXIT.interrupted;
    }
  },
});

interface TrainOptions {
  readonly out: string;
  readonly work: string;
  readonly conversations: number;
  readonly seed: number;
}

const { exit, result } = await runScript("npm run train:demo --", script, process.argv.slice(2));
process.exitCode = result ?? exit;

async function train({ out, work, conversations, seed }: TrainOptions, signal: AbortSignal): Promise<void> {
  await mkdir(work, { recursive: true });
  await mkdir(out, { recursive: true });
  console.error("corpus …");
  const corpus = buildCorpus(seed, { conversations });
  const tokenizerFiles = await demoTokenizerFiles(corpus.train, { signal });
  const tokenizer = loadTokenizer(tokenizerFiles);
  const documents = encodeConversations(corpus.train, tokenizer);
  const series = documentBatches(documents, { positions: BATCH_POSITIONS, maxLength: 512, seed });
  const steps = Math.floor(series.stepsPerEpoch / BATCHES_PER_STEP);
  const ids = { end: tokenizer.idOf(END_TOKEN) as number, pad: tokenizer.idOf(PAD_TOKEN) as number };
  const generation = `${JSON.stringify(demoGenerationConfig(ids), null, 2)}\n`;
  const files = new Map([...tokenizerFiles, ["generation_config.json", generation]]);
  const source = randomModel({ config: demoConfig(DEMO_VOCAB_SIZE, ids), seed });
  const trainer = await createTrainer({
    source,
    clipNorm: 1,
    auxiliaryLoss: 0.01,
    threads: 2,
    optimizer: { betas: [0.9, 0.98], weightDecay: 0.1 },
    schedule: { learningRate: LEARNING_RATE, warmupSteps: WARMUP_STEPS, totalSteps: steps, lowestShare: 0.03 },
  });
  const log = new TrainingLog(join(work, "training-log.jsonl"), steps);
  try {
    await runTraining(trainer, {
      batches: (step) =>
        Array.from({ length: BATCHES_PER_STEP }, (_, i) => series.batch((step - 1) * BATCHES_PER_STEP + i + 1)),
      steps,
      stateFile: join(work, "state.safetensors"),
      saveEverySteps: 100,
      onStep: (report) => log.add(report),
      signal,
    });
    log.save(join(out, "training-log.jsonl"));
    await saveModel(trainer, out, { dtype: "F16", files, overwrite: true, signal });
  } finally {
    await trainer.close();
  }
  await writeEvaluation(out, corpus.heldOut, tokenizer);
  await scoreFolder(out, corpus.heldOut, tokenizer, signal);
}
