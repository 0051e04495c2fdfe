/** The error codes of training. */
import { AiBlockError, type ErrorData } from "../../core/errors.ts";

export type TrainingErrorCode =
  // An option is out of range, or two contradict each other.
  | "training_option_invalid"
  // Token batches: no sequence, a sequence without a target, a token outside the vocabulary, a text that is no batch.
  | "corpus_empty"
  | "corpus_too_short"
  | "batch_invalid"
  | "token_out_of_range"
  // The expert that is to be trained does not exist.
  | "expert_missing"
  // The loss or a gradient became NaN or infinite; weights are those before the step.
  | "loss_not_finite"
  | "gradient_not_finite"
  // Trained weights cannot be written the way this checkpoint stores them.
  | "arrangement_unsupported"
  // A trained weight is too large for the element type that it is to be written as.
  | "value_out_of_range"
  // A state file belongs to another model, mode or set of options.
  | "state_mismatch"
  | "state_invalid"
  // The file system is full.
  | "disk_full"
  | "training_aborted"
  | "training_failed"
  | "trainer_closed";

export function trainingError(
  code: TrainingErrorCode,
  message: string,
  data: ErrorData = {},
  options?: ErrorOptions,
): AiBlockError {
  return new AiBlockError(code, message, data, options);
}
