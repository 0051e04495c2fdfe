/** `ai-block train`: trains a checkpoint, or one of its experts, on sequences of token ids. */
import { createHash } from "node:crypto";
import { rm, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { type AiBlockError, errorCode } from "../core/errors.ts";
import type { FolderSource } from "../moe/folderSource.ts";
import { microBatches } from "../moe/training/batch/microBatches.ts";
import { sequenceBatches } from "../moe/training/batch/sequenceBatches.ts";
import { evaluationLoss } from "../moe/training/evaluate.ts";
import type { SavedDtype } from "../moe/training/store/modelTensors.ts";
import { runFingerprint } from "../moe/training/store/runFingerprint.ts";
import { checkSaving, readModelFiles, saveModel } from "../moe/training/store/saveModel.ts";
import { createTrainer, type Trainer } from "../moe/training/trainer.ts";
import { runTraining } from "../moe/training/trainingRun.ts";
import { withSource } from "./engine/withModel.ts";
import { readTokensFile } from "./eval/tokensFile.ts";
import { defineCommand } from "./framework/command.ts";
import type { CommandContext } from "./framework/context.ts";
import { countOf, formatBytes, formatCount } from "./framework/format.ts";
import { FAILURE_NOTE, withJsonFailure } from "./framework/jsonFailure.ts";
import { namingFlags, TRAINING_FLAGS } from "./framework/nameFlags.ts";
import {
  choiceOption,
  integerOption,
  type OptionValues,
  requiredArgument,
  switchOption,
  textOption,
  withDefault,
} from "./framework/option.ts";
import { jsonOption, progressOption } from "./framework/sharedOptions.ts";
import { usageError } from "./framework/usageError.ts";
import { toTrainingOptions, trainingOptions } from "./train/options.ts";
import { type StepJson, type TrainJson, trainJson } from "./train/report.ts";
import { dropForeignState, prepareTarget, type Target, withTargetFolder } from "./train/target.ts";

/** Positions computed at a time: about 250 kB each in a small model. */
const MICRO_BATCH_POSITIONS = 8192;

const options = {
  tokens: textOption("JSON file with an array of arrays of token ids. Needed.", "file"),
  out: textOption("Folder to write the trained checkpoint to. Needed.", "folder"),
  ...trainingOptions,
  saveEvery: withDefault(integerOption("Updates between two saves of the state.", 1, 1_000_000), 100),
  dtype: choiceOption("How weights are written. Default: as in the model.", "type", ["f32", "f16", "bf16"]),
  force: switchOption("Replace files in the folder, and a state that belongs to another run."),
  json: jsonOption,
  progress: progressOption,
};

type Flags = OptionValues<typeof options>;

export const command = defineCommand({
  description:
    "Trains a checkpoint with AdamW on sequences of token ids, and prints the loss before each update and after the last. " +
    "The trained checkpoint is a folder as the model's own, with its tokenizer. The state of the run is kept in the same " +
    "folder until then: after Ctrl-C, a full disk or a crash the same command goes on from the last state, with the same " +
    `losses. A loss that is no longer finite ends the run and leaves the last good checkpoint. ${FAILURE_NOTE}`,
  arguments: { model: requiredArgument("Model folder (config.json beside the weights).") },
  options,
  settings: [],
  examples: [
    {
      command: "train models/olmoe --tokens batches.json --steps 200 --lr 3e-4 --out models/trained",
      meaning: "All parameters.",
    },
    {
      command: "train models/olmoe --tokens batches.json --expert layer1.expert3 --out models/better",
      meaning: "One expert: everything else stays as it is, bit for bit.",
    },
  ],
  exits: ["verification", "diskFull", "interrupted"],
  json: trainJson,
  run(context, { arguments: { model }, options: flags }) {
    return withJsonFailure(context, flags.json, async () => {
      if (flags.tokens === undefined) throw usageError("--tokens: expected a file, got none");
      const tokensFile = flags.tokens;
      const settings = toTrainingOptions(flags);
      return withSource(model, context.signal, async (source) => {
        await requireFolder(model);
        const sequences = await readTokensFile(tokensFile, source.spec, context.signal);
        const target = await prepareTarget(flags.out, model, flags.force);
        const trainer = await namingFlags(TRAINING_FLAGS, () =>
          createTrainer({ ...settings, source, signal: context.signal }),
        );
        try {
          const job = { trainer, source, sequences, target, model, flags };
          checkSaving(trainer, savedDtype(flags));
          const report = await withTargetFolder(target, () => train(context, job));
          if (flags.json) context.out.json(report satisfies TrainJson);
        } finally {
          await trainer.close();
        }
        return undefined;
      });
    });
  },
});

interface Job {
  readonly trainer: Trainer;
  readonly source: FolderSource;
  readonly sequences: readonly (readonly number[])[];
  readonly target: Target;
  readonly model: string;
  readonly flags: Flags;
}

async function train(context: CommandContext, job: Job): Promise<TrainJson> {
  const { trainer, sequences, target, model, flags } = job;
  const dtype = savedDtype(flags);
  const files = await readModelFiles(resolve(model));
  const save = () =>
    saveModel(trainer, target.folder, {
      ...(dtype && { dtype }),
      files,
      overwrite: target.overwrite,
      signal: context.signal,
    });
  const run = new Run(context, job);
  try {
    await run.toTheEnd();
  } catch (error) {
    if (!holdsGoodWeights(error)) throw error;
    await save();
    context.note(
      `${target.folder}: the checkpoint after ${countOf(trainer.steps, "step")}, the last with a finite loss`,
    );
    throw error;
  }
  const all = microBatches({ sequences }, MICRO_BATCH_POSITIONS);
  const { loss } = await evaluationLoss(trainer, all, context.signal);
  const saved = await save();
  await rm(target.stateFile, { force: true });
  if (!flags.json) {
    context.print(`after ${countOf(trainer.steps, "step")}: loss ${loss.toFixed(6)}`);
    context.note(
      `${target.folder}: ${countOf(saved.files.length, "file")}, ${formatBytes(saved.tensorBytes)} of weights`,
    );
  }
  const { expert } = flags;
  return {
    model,
    out: target.folder,
    trained: expert === undefined ? "all" : `layer${expert.layer}.expert${expert.expert}`,
    parameters: trainer.layout.parameters.reduce((sum, { trained, length }) => sum + (trained ? length : 0), 0),
    sequences: sequences.length,
    resumedAt: run.resumedAt,
    steps: run.steps,
    loss,
    seconds: run.seconds,
    tokensPerSecond: run.seconds > 0 ? run.positions / run.seconds : 0,
    files: [...saved.files],
  };
}

/** After a loss that is not finite: `runTraining` has put the last good weights back where the error names a saved step. */
function holdsGoodWeights(error: unknown): boolean {
  const code = errorCode(error);
  if (code !== "loss_not_finite" && code !== "gradient_not_finite") return false;
  return (error as AiBlockError).data.savedStep !== undefined;
}

/** What is trained is written as the folder that it came from; a GGUF file's tensors have other names and forms. */
async function requireFolder(model: string): Promise<void> {
  if ((await stat(resolve(model))).isDirectory()) return;
  throw usageError(`model: expected a model folder, got a file; what is trained can be written as a folder only`);
}

function savedDtype({ dtype }: Flags): SavedDtype | undefined {
  return dtype?.toUpperCase() as SavedDtype | undefined;
}

/** The updates, and what was seen of them. */
class Run {
  readonly steps: StepJson[] = [];
  resumedAt = 0;
  seconds = 0;
  positions = 0;
  readonly #context: CommandContext;
  readonly #job: Job;

  constructor(context: CommandContext, job: Job) {
    this.#context = context;
    this.#job = job;
  }

  async toTheEnd(): Promise<void> {
    const { trainer, sequences, target, flags } = this.#job;
    const { batch: perStep = sequences.length, seed } = flags;
    const series = sequenceBatches(sequences, { perStep, seed });
    const data = createHash("sha256")
      .update(JSON.stringify([sequences, perStep, seed]))
      .digest("hex");
    const fingerprint = runFingerprint(trainer, data);
    const work = () =>
      this.#context.withProgress(flags.progress, (progress) =>
        runTraining(trainer, {
          batches: (step) => microBatches(series.batch(step), MICRO_BATCH_POSITIONS),
          steps: flags.steps,
          stateFile: target.stateFile,
          fingerprint,
          saveEverySteps: flags.saveEvery,
          signal: this.#context.signal,
          onResume: (steps) => {
            this.resumedAt = steps;
            this.#context.note(`${target.stateFile}: goes on after ${countOf(steps, "step")}`);
          },
          onStep: ({ step, loss, learningRate, gradientNorm, positions }) => {
            this.steps.push({ step, loss, learningRate, gradientNorm });
            this.positions += positions;
            if (!flags.json) this.#context.print(`step ${step}: loss ${loss.toFixed(6)}`);
            progress.update("training", step, flags.steps, "steps");
          },
        }),
      );
    const startMs = performance.now();
    try {
      await work().catch(async (error: unknown) => {
        await dropForeignState(target, error, flags.force);
        await work();
      });
    } catch (error) {
      if (errorCode(error) === "interrupted") {
        this.#context.note(
          `${target.stateFile}: the state after ${formatCount(trainer.steps)} of ${countOf(flags.steps, "step")}; the same command goes on from it`,
        );
      }
      throw error;
    } finally {
      this.seconds = (performance.now() - startMs) / 1000;
    }
  }
}
