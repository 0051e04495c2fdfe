/** The loss of a model in training on sequences that it does not learn from. */
import type { Batch } from "./batch/batch.ts";
import type { Trainer } from "./trainer.ts";

export interface EvaluationLoss {
  /** Mean cross entropy over the targets of all batches, in nats. */
  readonly loss: number;
  readonly targets: number;
}

/** Nothing is changed. Throws as `Trainer.loss` does, and the signal's reason. */
export async function evaluationLoss(
  trainer: Trainer,
  batches: Iterable<Batch>,
  signal?: AbortSignal,
): Promise<EvaluationLoss> {
  let [sum, targets] = [0, 0];
  for (const batch of batches) {
    const report = await trainer.loss(batch, signal);
    sum += report.loss * report.targets;
    targets += report.targets;
  }
  return { loss: sum / targets, targets };
}
