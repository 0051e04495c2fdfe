/**
 * The end of a federated round: the updates of the workers become the weights of the next round.
 *
 *   x' = x + rate * sum_i (n_i / n) d_i          n_i samples of worker i, d_i its change, n the round's samples
 *   c' = c + sum_i (n_i / N) dc_i                SCAFFOLD; N: samples of all workers, in this round or not
 *
 * FedAvg and FedProx differ in the local step only. SCAFFOLD's paper gives every worker the same weight; with weights by
 * samples c stays the weighted mean of all c_i, which is the gradient of the weighted objective.
 *
 * Updates are untrusted: one that fails a check is left out and reported, and the others count.
 */
import { errorCode, errorMessage } from "../../../core/errors.ts";
import { distributedError, expectThat } from "../errors.ts";
import { type AggregationLimits, checkLimits, DEFAULT_MAX_SAMPLES, type Share, sharesOf } from "./shares.ts";
import { requireTensor, type TensorSet } from "./tensorSet.ts";
import { checkUpdate, type ExpertUpdate, type RoundState } from "./update.ts";

export interface AggregationOptions extends AggregationLimits {
  /** Samples of each worker that may send an update, whether it did or not. Updates of others are refused. */
  readonly samplesByWorker: ReadonlyMap<string, number>;
  /** Factor of the mean change. Default 1. */
  readonly serverRate?: number;
}

export interface RefusedUpdate {
  readonly worker: string;
  readonly code: string;
  readonly message: string;
}

export interface Aggregation {
  /** Of the next round. */
  readonly state: RoundState;
  readonly accepted: readonly Share[];
  readonly refused: readonly RefusedUpdate[];
}

/** Workers of a round, and updates looked at: more are refused before any is read. */
export const MAX_WORKERS = 1024;
const MAX_SERVER_RATE = 10;

/**
 * Throws `too_many_updates`, `no_update_accepted` when none passes, `aggregate_not_finite`, `distributed_option_invalid`.
 * The state that went in is not changed.
 */
export function aggregate(
  state: RoundState,
  updates: readonly ExpertUpdate[],
  options: AggregationOptions,
): Aggregation {
  const { samplesByWorker, serverRate = 1, maxSamples = DEFAULT_MAX_SAMPLES } = options;
  checkLimits(options);
  expectThat(
    serverRate > 0 && serverRate <= MAX_SERVER_RATE,
    "distributed_option_invalid",
    "serverRate",
    `above 0, at most ${MAX_SERVER_RATE}`,
    serverRate,
  );
  if (updates.length > MAX_WORKERS) {
    const text = `updates: expected at most ${MAX_WORKERS}, got ${updates.length}`;
    throw distributedError("too_many_updates", text, { count: updates.length });
  }
  const { passed, refused } = sortOut(state, updates, samplesByWorker);
  if (passed.length === 0) {
    const text = `updates: expected one that can be used, got ${updates.length}, all refused`;
    throw distributedError("no_update_accepted", text, { refused });
  }
  const accepted = sharesOf(passed, options);
  const weights = addMean(
    state.weights,
    passed.map(({ change }) => change),
    accepted.map(({ share, changeScale }) => serverRate * share * changeScale),
  );
  const next = { round: state.round + 1, weights };
  if (state.control === undefined) return { state: next, accepted, refused };
  const all = [...samplesByWorker.values()].reduce((sum, samples) => sum + Math.min(samples, maxSamples), 0);
  const control = addMean(
    state.control,
    passed.map(({ controlChange }) => controlChange as TensorSet),
    accepted.map(({ samples, controlScale }) => (samples / all) * controlScale),
  );
  return { state: { ...next, control }, accepted, refused };
}

function sortOut(state: RoundState, updates: readonly ExpertUpdate[], samplesByWorker: ReadonlyMap<string, number>) {
  const passed: ExpertUpdate[] = [];
  const refused: RefusedUpdate[] = [];
  const seen = new Set<string>();
  for (const update of updates) {
    const { worker } = update;
    try {
      const registered = samplesByWorker.get(worker);
      if (registered === undefined) throw distributedError("update_worker_unknown", "update.worker: not of this round");
      if (seen.has(worker)) throw distributedError("update_duplicate", "update.worker: a second update in one round");
      checkUpdate(update, state);
      if (update.samples > registered) {
        const text = `update.samples: expected at most the ${registered} of this worker, got ${update.samples}`;
        throw distributedError("update_samples_invalid", text);
      }
      seen.add(worker);
      passed.push(update);
    } catch (error) {
      refused.push({ worker, code: errorCode(error) ?? "update_tensors_mismatch", message: errorMessage(error) });
    }
  }
  // The order in which updates arrive must not change the last bits of a sum.
  return { passed: passed.sort((a, b) => (a.worker < b.worker ? -1 : 1)), refused };
}

/** base + sum of factor * change, summed in float64. Throws `aggregate_not_finite`. */
function addMean(
  base: TensorSet,
  changes: readonly TensorSet[],
  factors: readonly number[],
): Map<string, Float32Array> {
  const out = new Map<string, Float32Array>();
  for (const [name, values] of base) {
    const sum = Float64Array.from(values);
    for (const [k, change] of changes.entries()) {
      const own = requireTensor(change, name);
      const factor = factors[k] as number;
      for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + factor * (own[i] as number);
    }
    const rounded = Float32Array.from(sum);
    if (!rounded.every(Number.isFinite)) {
      const text = `aggregate: ${name}: the mean leaves the range of float32; the round's weights are as before`;
      throw distributedError("aggregate_not_finite", text, { tensor: name });
    }
    out.set(name, rounded);
  }
  return out;
}
