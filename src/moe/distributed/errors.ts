/** The error codes of distributed training. */
import { AiBlockError, type ErrorData } from "../../core/errors.ts";

export type DistributedErrorCode =
  // An option is out of range, or two contradict each other.
  | "distributed_option_invalid"
  // An update from a worker: other tensors than the round's, NaN or infinity, a wrong sample count or round, a second one.
  | "update_tensors_mismatch"
  | "update_not_finite"
  | "update_samples_invalid"
  | "update_round_mismatch"
  | "update_duplicate"
  | "update_worker_unknown"
  // A round: more updates than workers can send, none that could be used, a sum that overflows.
  | "too_many_updates"
  | "no_update_accepted"
  | "aggregate_not_finite"
  // What is to be trained, or a fact about a worker, is out of range.
  | "task_invalid"
  | "workers_invalid"
  // The task cannot be done that way by these workers; the message says why.
  | "plan_impossible"
  // Tasks of a plan wait for each other in a circle, or for one that is not there.
  | "plan_cyclic"
  // The chooser's table: the file is damaged, too large or of another kind; a state or reward is out of range.
  | "strategy_table_invalid"
  | "strategy_table_too_large"
  | "strategy_input_invalid";

export function distributedError(
  code: DistributedErrorCode,
  message: string,
  data: ErrorData = {},
  options?: ErrorOptions,
): AiBlockError {
  return new AiBlockError(code, message, data, options);
}

/** Throws `code` with `name: expected EXPECTED, got VALUE` unless `ok`. */
export function expectThat(
  ok: boolean,
  code: DistributedErrorCode,
  name: string,
  expected: string,
  value: unknown,
): void {
  if (!ok) throw distributedError(code, `${name}: expected ${expected}, got ${String(value)}`, { argument: name });
}
