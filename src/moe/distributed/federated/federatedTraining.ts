/**
 * Federated training from the server's side: in each round workers are chosen, get the weights, train on their own data
 * and send a change; the changes become the next weights. Where the workers are is not its business.
 */
import { errorCode, errorMessage } from "../../../core/errors.ts";
import { RandomSource } from "../../training/random.ts";
import { distributedError, expectThat } from "../errors.ts";
import { type Aggregation, aggregate, MAX_WORKERS, type RefusedUpdate } from "./aggregate.ts";
import type { LocalOptimizerOptions } from "./localOptimizer.ts";
import type { LocalWork } from "./localTraining.ts";
import { checkMethod, type FederatedMethod } from "./method.ts";
import type { AggregationLimits } from "./shares.ts";
import { copyOf, type TensorSet, zerosLike } from "./tensorSet.ts";
import type { ExpertUpdate, RoundState } from "./update.ts";

/** A worker as the server sees it; `LocalTrainer` is one. It must end by itself when it cannot answer. */
export interface FederatedWorker {
  readonly id: string;
  /** Sequences that it trains on. */
  readonly samples: number;
  train(work: LocalWork, signal?: AbortSignal): Promise<ExpertUpdate>;
}

export interface FederatedOptions {
  readonly workers: readonly FederatedWorker[];
  /** To begin with. */
  readonly weights: TensorSet;
  readonly method: FederatedMethod;
  readonly rounds: number;
  /** Steps of a worker in a round. */
  readonly localSteps: number;
  readonly optimizer: LocalOptimizerOptions;
  /** Part of the workers that is chosen for a round, at least one worker. Default 1: all. */
  readonly fraction?: number;
  /** For the choice of workers. Default 0. */
  readonly seed?: number;
  readonly serverRate?: number;
  readonly limits?: AggregationLimits;
  readonly onRound?: (report: RoundReport) => void | Promise<void>;
  readonly signal?: AbortSignal;
}

export interface RoundReport extends Aggregation {
  /** The round that ended, from 1 on. */
  readonly round: number;
}

const MAX_ROUNDS = 1_000_000;

/**
 * The weights after the last round. A worker that fails is reported as refused and the round goes on without it.
 * Throws `distributed_option_invalid`, `workers_invalid`, `no_update_accepted`, the signal's reason.
 */
export async function trainFederated(options: FederatedOptions): Promise<RoundState> {
  const { workers, weights, method, rounds, onRound, signal } = options;
  checkOptions(options);
  const samplesByWorker = new Map(workers.map(({ id, samples }) => [id, samples]));
  const accepted = new Map<string, NonNullable<LocalWork["accepted"]>>();
  let state: RoundState = { round: 1, weights: copyOf(weights) };
  if (method.kind === "scaffold") state = { ...state, control: zerosLike(weights) };
  for (let round = 1; round <= rounds; round++) {
    signal?.throwIfAborted();
    const { updates, failed } = await runRound(options, state, accepted);
    signal?.throwIfAborted();
    const { serverRate, limits } = options;
    const settings = { ...limits, samplesByWorker, ...(serverRate !== undefined && { serverRate }) };
    const result = aggregate(state, updates, settings);
    state = result.state;
    for (const { worker, controlScale } of result.accepted) accepted.set(worker, { round, controlScale });
    await onRound?.({ ...result, round, refused: [...failed, ...result.refused] });
  }
  return state;
}

async function runRound(
  { workers, method, localSteps, optimizer, fraction = 1, seed = 0, signal }: FederatedOptions,
  state: RoundState,
  accepted: ReadonlyMap<string, NonNullable<LocalWork["accepted"]>>,
) {
  const chosen = chooseWorkers(workers, fraction, seed, state.round);
  const answers = await Promise.allSettled(
    chosen.map(async (worker) => {
      const last = accepted.get(worker.id);
      const work = { ...state, method, steps: localSteps, optimizer, ...(last && { accepted: last }) };
      const update = await worker.train(work, signal);
      // Nobody speaks for another worker.
      return { ...update, worker: worker.id };
    }),
  );
  const updates: ExpertUpdate[] = [];
  const failed: RefusedUpdate[] = [];
  for (const [i, answer] of answers.entries()) {
    const { id } = chosen[i] as FederatedWorker;
    if (answer.status === "fulfilled") updates.push(answer.value);
    else {
      const { reason } = answer;
      failed.push({ worker: id, code: errorCode(reason) ?? "training_failed", message: errorMessage(reason) });
    }
  }
  return { updates, failed };
}

/** Depends on seed and round only. */
function chooseWorkers(
  workers: readonly FederatedWorker[],
  fraction: number,
  seed: number,
  round: number,
): FederatedWorker[] {
  const count = Math.max(1, Math.round(fraction * workers.length));
  const order = new RandomSource(seed, `workers of round ${round}`).permutation(workers.length);
  const chosen = [...order.subarray(0, count)].sort((a, b) => a - b);
  return chosen.map((index) => workers[index] as FederatedWorker);
}

function checkOptions({ workers, method, rounds, localSteps, fraction = 1 }: FederatedOptions): void {
  const code = "distributed_option_invalid";
  checkMethod(method);
  const roundsFit = Number.isSafeInteger(rounds) && rounds >= 1 && rounds <= MAX_ROUNDS;
  expectThat(roundsFit, code, "rounds", `1 to ${MAX_ROUNDS}`, rounds);
  expectThat(Number.isSafeInteger(localSteps) && localSteps >= 1, code, "localSteps", "a positive integer", localSteps);
  expectThat(fraction > 0 && fraction <= 1, code, "fraction", "above 0, at most 1", fraction);
  const ids = new Set(workers.map(({ id }) => id));
  if (workers.length === 0 || workers.length > MAX_WORKERS || ids.size !== workers.length) {
    const text = `workers: expected 1 to ${MAX_WORKERS} with different ids, got ${workers.length} with ${ids.size} ids`;
    throw distributedError("workers_invalid", text, { workers: workers.length, ids: ids.size });
  }
  for (const { id, samples } of workers) {
    const ok = Number.isSafeInteger(samples) && samples >= 1;
    expectThat(ok, "workers_invalid", `worker ${id}: samples`, "a positive integer", samples);
  }
}
