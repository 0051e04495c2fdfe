/**
 * A worker's part of a federated round: some steps on its own data from the round's weights. Only the change leaves the
 * machine, never the data.
 *
 * SCAFFOLD's new control variate is the mean of the gradients along the way, before correction and clipping. With
 * gradient descent that is the paper's option II, c_i - c + (x - y_i) / (K rate), and it has a meaning with AdamW too.
 */
import type { Batches, Trainer } from "../../training/trainer.ts";
import { expectThat } from "../errors.ts";
import { checkLocalOptimizer, LocalOptimizer, type LocalOptimizerOptions } from "./localOptimizer.ts";
import { checkMethod, correctionOf, type FederatedMethod } from "./method.ts";
import { combine, requireTensor, type TensorSet, zerosLike } from "./tensorSet.ts";
import { lastGradients, setTrainedWeights, trainedWeights } from "./trainerTensors.ts";
import type { ExpertUpdate } from "./update.ts";

/** What a worker is asked to do in a round. */
export interface LocalWork {
  readonly round: number;
  readonly weights: TensorSet;
  readonly method: FederatedMethod;
  readonly steps: number;
  readonly optimizer: LocalOptimizerOptions;
  /** SCAFFOLD: c. */
  readonly control?: TensorSet;
  /** The last round whose update of this worker counted, and the factor with which its control change did. */
  readonly accepted?: { readonly round: number; readonly controlScale: number };
}

export interface LocalTrainerOptions {
  readonly worker: string;
  /** Sequences of this worker. */
  readonly samples: number;
  /** The batches of local step number `step`, counted over all rounds from 1 on. */
  readonly batches: (step: number) => Batches;
}

const MAX_LOCAL_STEPS = 100_000;

export class LocalTrainer {
  readonly #trainer: Trainer;
  readonly #options: LocalTrainerOptions;
  readonly #optimizer: LocalOptimizer;
  #control: TensorSet;
  /** Becomes part of the control variate once the server says that the update counted. */
  #pending: { readonly round: number; readonly controlChange: TensorSet } | undefined;

  /** @param trainer is the caller's to close, and used by nobody else meanwhile */
  constructor(trainer: Trainer, options: LocalTrainerOptions) {
    this.#trainer = trainer;
    this.#options = options;
    this.#optimizer = new LocalOptimizer(trainer);
    this.#control = zerosLike(trainedWeights(trainer));
  }

  get id(): string {
    return this.#options.worker;
  }

  get samples(): number {
    return this.#options.samples;
  }

  /**
   * One round. Throws `distributed_option_invalid`, `update_tensors_mismatch`, `update_not_finite`, and what the trainer
   * throws. The trainer then holds the weights of some local step; the next round starts from those that it is given.
   */
  async train(work: LocalWork, signal?: AbortSignal): Promise<ExpertUpdate> {
    const { round, weights, method, steps, optimizer, control } = work;
    checkMethod(method);
    checkLocalOptimizer(optimizer);
    const inRange = Number.isSafeInteger(steps) && steps >= 1 && steps <= MAX_LOCAL_STEPS;
    expectThat(inRange, "distributed_option_invalid", "steps", `1 to ${MAX_LOCAL_STEPS}`, steps);
    this.#settle(work.accepted);
    setTrainedWeights(this.#trainer, weights);
    this.#optimizer.reset();
    const correction = correctionOf(method, weights, control, this.#control);
    const gradients = method.kind === "scaffold" ? zerosLike(weights) : undefined;
    for (let step = 1; step <= steps; step++) {
      await this.#trainer.gradients(this.#options.batches((round - 1) * steps + step), signal);
      if (gradients !== undefined) addTo(gradients, lastGradients(this.#trainer), 1 / steps);
      this.#optimizer.apply(optimizer, correction, step);
    }
    const change = combine(trainedWeights(this.#trainer), weights, (after, before) => after - before);
    const update = { worker: this.id, round, samples: this.samples, change };
    if (gradients === undefined) return update;
    const controlChange = combine(gradients, this.#control, (after, before) => after - before);
    this.#pending = { round, controlChange };
    return { ...update, controlChange };
  }

  /** Server and worker must agree on c_i, or c stops being the mean of all c_i. */
  #settle(accepted: LocalWork["accepted"]): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending === undefined || pending.round !== accepted?.round) return;
    const { controlScale } = accepted;
    this.#control = combine(this.#control, pending.controlChange, (own, change) => own + controlScale * change);
  }
}

function addTo(target: TensorSet, values: TensorSet, factor: number): void {
  for (const [name, sum] of target) {
    const own = requireTensor(values, name);
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + factor * (own[i] as number);
  }
}
