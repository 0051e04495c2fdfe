/**
 * A run of many steps that can be interrupted: its state is saved every so often, and a run with the same batches
 * continues from there. When the loss is no longer finite, the last weights whose loss was are put back and saved.
 */
import { access } from "node:fs/promises";
import { AiBlockError, errorCode } from "../../core/errors.ts";
import { trainingError } from "./errors.ts";
import { LastGood } from "./store/lastGood.ts";
import { loadState, saveState } from "./store/state.ts";
import type { Batches, StepReport, Trainer } from "./trainer.ts";

export interface TrainingRunOptions {
  /** The batches of update number `step`, from 1 on: always the same for the same number. */
  readonly batches: (step: number) => Batches;
  /** Updates in all, those before a restart included. */
  readonly steps: number;
  /** Where the state is kept; a run whose file exists continues from it. Absent: nothing is saved. */
  readonly stateFile?: string;
  /** Names the run in that file, as `runFingerprint` does: it is not continued with other data or options. */
  readonly fingerprint?: string;
  /** Updates between two saves. Default 100. */
  readonly saveEverySteps?: number;
  /** Told once, before the first step, when the run continues: the steps that are done already. */
  readonly onResume?: (steps: number) => void;
  readonly onStep?: (report: StepReport) => void;
  readonly signal?: AbortSignal;
}

/**
 * Trains until `steps` updates are done and saves the state. When stopped by the signal it saves the state as well, then
 * throws the signal's reason. Throws `loss_not_finite` or `gradient_not_finite` with the last good weights in the trainer
 * and in the file (`data.stateFile`, and `data.savedStep`, the number of their updates); up to about 20 million trained
 * weights they are those of the step before, above that the last ones saved, and the trainer keeps what it had. Throws
 * also what `step`, `saveState` and `loadState` throw.
 */
export async function runTraining(trainer: Trainer, options: TrainingRunOptions): Promise<void> {
  const { batches, steps, stateFile, fingerprint = "", saveEverySteps = 100, onResume, onStep, signal } = options;
  if (!Number.isSafeInteger(steps) || steps < 0) {
    throw trainingError("training_option_invalid", `steps: expected a non-negative integer, got ${steps}`);
  }
  if (!Number.isSafeInteger(saveEverySteps) || saveEverySteps < 1) {
    throw trainingError("training_option_invalid", `saveEverySteps: expected 1 or more, got ${saveEverySteps}`);
  }
  let savedStep: number | undefined;
  if (stateFile !== undefined && (await exists(stateFile))) {
    await loadState(trainer, stateFile, fingerprint, signal);
    savedStep = trainer.steps;
    onResume?.(trainer.steps);
  }
  const save = async (): Promise<void> => {
    if (stateFile === undefined || savedStep === trainer.steps) return;
    await saveState(trainer, stateFile, fingerprint);
    savedStep = trainer.steps;
  };
  const lastGood = new LastGood(trainer);
  try {
    while (trainer.steps < steps) {
      signal?.throwIfAborted();
      lastGood.take();
      const report = await trainer.step(batches(trainer.steps + 1), signal);
      lastGood.confirm();
      onStep?.(report);
      if (trainer.steps % saveEverySteps === 0) await save();
    }
  } catch (error) {
    // A gradient is computed after the loss: the weights that had a loss are still there.
    const isGood = errorCode(error) === "gradient_not_finite" || restored(error, lastGood);
    if (signal?.aborted || (isGood && trainer.steps > 0)) await save();
    throw withSavedStep(error, stateFile, savedStep);
  }
  await save();
}

function restored(error: unknown, lastGood: LastGood): boolean {
  return errorCode(error) === "loss_not_finite" && lastGood.restore();
}

function withSavedStep(error: unknown, stateFile: string | undefined, savedStep: number | undefined): unknown {
  const code = errorCode(error);
  if (code !== "loss_not_finite" && code !== "gradient_not_finite") return error;
  const { message } = error as Error;
  const kept = savedStep === undefined ? "" : `; ${stateFile} holds the state after step ${savedStep}`;
  const data = savedStep === undefined ? {} : { stateFile, savedStep };
  return new AiBlockError(code, `${message}${kept}`, data, { cause: error });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
