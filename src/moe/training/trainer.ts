/**
 * Training of a model on onnxruntime: forward and backward graphs of our own, computed by threads that share the
 * weights, each with its share of every batch.
 *
 * The result of a step depends on the weights, the batch and the number of threads only. A step that fails leaves the
 * weights and the optimiser as they were.
 */

import { checkExecutionProvider } from "../engine/executionProviders.ts";
import type { StoredPart } from "../model/slotTable.ts";
import type { ModelSpec } from "../model/spec.ts";
import { requireSlot, type SlotSource } from "../slotSource.ts";
import { type Batch, checkBatch, countTargets, splitBatch } from "./batch/batch.ts";
import type { MicroBatch, ThreadCommand, ThreadResult } from "./crew/commands.ts";
import { Crew } from "./crew/crew.ts";
import { createMemory, type TrainingMemory } from "./crew/memory.ts";
import type { UpdateCommand } from "./crew/update.ts";
import { layoutParameters, type Parameter, type ParameterLayout } from "./memory/layout.ts";
import { loadWeights } from "./memory/load.ts";
import { checkStorable, storedValues } from "./memory/storedValues.ts";
import { learningRateAt } from "./optimizer/schedule.ts";
import { type TrainingOptions, type TrainingSettings, trainedBy, trainingSettings } from "./options.ts";

export interface TrainerOptions extends TrainingOptions {
  /** The model to start from. It stays open and is the caller's to close. */
  readonly source: SlotSource;
  /** For reading the weights. */
  readonly signal?: AbortSignal;
}

export interface LossReport {
  /** Mean cross entropy over all targets, in nats. */
  readonly loss: number;
  /** Of each sequence, in order. */
  readonly sequenceLosses: readonly number[];
  readonly targets: number;
}

export interface StepReport extends LossReport {
  /** Updates done so far, with this one. */
  readonly step: number;
  readonly learningRate: number;
  /** Before clipping. */
  readonly gradientNorm: number;
  /** The load-balancing loss without its factor: experts per token when all are used alike. */
  readonly auxiliaryLoss: number;
  /** [layer][expert]: positions that went there. Zeros when one expert is trained. */
  readonly expertPositions: readonly (readonly number[])[];
  /** Positions of the batch, without padding. */
  readonly positions: number;
}

export interface GradientReport extends Omit<StepReport, "step" | "learningRate"> {
  /** By tensor name as in the checkpoint, in the tensor's stored order. */
  readonly gradients: ReadonlyMap<string, Float32Array>;
}

/** Several batches are micro-batches: their gradients are accumulated as if they were one. */
export type Batches = Batch | readonly Batch[];

/**
 * Reads the weights and starts the training threads.
 * Throws `training_option_invalid`, `expert_missing`, `execution_provider_unavailable`, `arrangement_unsupported`,
 * `training_failed` without enough memory, and what the source throws.
 */
export async function createTrainer(options: TrainerOptions): Promise<Trainer> {
  const { source } = options;
  const settings = trainingSettings(source.spec, options);
  checkExecutionProvider(settings.executionProvider);
  const layout = layoutParameters(source.spec, trainedBy(settings.mode));
  for (const parameter of layout.parameters) {
    if (parameter.trained) checkStorable(requirePart(source, parameter));
  }
  const memory = createMemory(source.spec, layout, settings.threads);
  await loadWeights(source, layout, memory, options.signal);
  return new Trainer(source, settings, layout, memory);
}

export class Trainer {
  readonly source: SlotSource;
  readonly settings: TrainingSettings;
  readonly layout: ParameterLayout;
  /** Weights and moments as they are now; they change during a step. */
  readonly memory: TrainingMemory;
  readonly #crew: Crew;
  /** Updates done so far. */
  steps = 0;

  constructor(source: SlotSource, settings: TrainingSettings, layout: ParameterLayout, memory: TrainingMemory) {
    this.source = source;
    this.settings = settings;
    this.layout = layout;
    this.memory = memory;
    const { mode, optimizer, auxiliaryLoss, executionProvider, keepActivations, maxPrefixBytes } = settings;
    this.#crew = new Crew({
      spec: source.spec,
      layout,
      memory,
      expert: mode.kind === "expert" ? { layer: mode.layer, expert: mode.expert } : undefined,
      optimizer,
      auxiliaryLoss,
      executionProvider,
      runThreads: 1,
      keepActivations,
      maxPrefixBytes,
    });
  }

  get spec(): ModelSpec {
    return this.source.spec;
  }

  /**
   * One update. Throws `loss_not_finite` and `gradient_not_finite` with the weights as they were, `training_aborted` or
   * the signal's reason, and the errors of `checkBatch`.
   */
  async step(batches: Batches, signal?: AbortSignal): Promise<StepReport> {
    const { optimizer, schedule, clipNorm } = this.settings;
    const step = this.steps + 1;
    const learningRate = learningRateAt(schedule, step);
    const report = await this.#run(batches, { learningRate, step, clipNorm, settings: optimizer }, signal);
    this.steps = step;
    return { ...report, step, learningRate };
  }

  /** The loss with the weights as they are. */
  async loss(batch: Batch, signal?: AbortSignal): Promise<LossReport> {
    const { microBatches } = this.#distribute([batch]);
    const commands = microBatches.map((own): ThreadCommand => ({ kind: "loss", microBatches: own }));
    return summarise([batch], await this.#crew.run(commands, signal));
  }

  /** The gradients of the mean loss, with nothing changed. */
  async gradients(batches: Batches, signal?: AbortSignal): Promise<GradientReport> {
    const report = await this.#run(batches, undefined, signal);
    const [summed] = this.memory.gradients as [Float32Array];
    return { ...report, gradients: this.#byTensor(summed) };
  }

  /** The trained weights by tensor name as in the checkpoint, in float32. */
  trainedTensors(): ReadonlyMap<string, Float32Array> {
    return this.#byTensor(this.memory.trained);
  }

  /** Waits for a step in flight. May be called twice. */
  close(): Promise<void> {
    return this.#crew.close();
  }

  async #run(batches: Batches, update: UpdateCommand | undefined, signal: AbortSignal | undefined) {
    const list = "sequences" in batches ? [batches] : batches;
    const { microBatches, targets, positions } = this.#distribute(list);
    const commands = microBatches.map(
      (own): ThreadCommand => ({ kind: "gradients", microBatches: own, targets, positions, update }),
    );
    const results = await this.#crew.run(commands, signal);
    const expertPositions = this.spec.layers.map((_, layer) =>
      Array.from({ length: this.spec.experts.count }, (_, expert) =>
        results.reduce((sum, result) => sum + (result.expertPositions[layer]?.[expert] ?? 0), 0),
      ),
    );
    const { gradientNorm, auxiliaryLoss } = results[0] as ThreadResult;
    return { ...summarise(list, results), gradientNorm, auxiliaryLoss, expertPositions, positions };
  }

  /** By thread: its share of every batch. */
  #distribute(batches: readonly Batch[]) {
    let [targets, positions] = [0, 0];
    const microBatches: MicroBatch[][] = Array.from({ length: this.#crew.threads }, () => []);
    for (const batch of batches) {
      checkBatch(batch, this.spec.vocabSize);
      targets += countTargets(batch);
      const own = batch.sequences.reduce((sum, { length }) => sum + length, 0);
      positions += own;
      const parts = splitBatch(batch, this.#crew.threads);
      for (const [thread, list] of microBatches.entries()) list.push({ part: parts[thread], positions: own });
    }
    return { microBatches, targets, positions };
  }

  #byTensor(values: Float32Array): Map<string, Float32Array> {
    const found = new Map<string, Float32Array>();
    for (const parameter of this.layout.parameters) {
      if (!parameter.trained) continue;
      for (const [name, data] of this.#stored(parameter, values)) found.set(name, data);
    }
    return found;
  }

  *#stored(parameter: Parameter, values: Float32Array): Generator<[string, Float32Array]> {
    const { offset, length } = parameter;
    const stored = requirePart(this.source, parameter);
    const arranged = storedValues(this.spec, stored, values.slice(offset, offset + length));
    for (const [i, { name }] of stored.tensors.entries()) yield [name, arranged[i] as Float32Array];
  }
}

function requirePart(source: SlotSource, { slot, part }: Parameter): StoredPart {
  const stored = requireSlot(source, slot).parts.find((candidate) => candidate.part.name === part);
  if (stored !== undefined) return stored;
  throw new TypeError(`trainer: the source describes slot ${slot} without its part ${part}`);
}

/** Joins the threads' losses: each has the sequences of its part of every batch, in order. */
function summarise(batches: readonly Batch[], results: readonly ThreadResult[]): LossReport {
  const sums = batches.flatMap((_, i) => results.flatMap(({ lossSums }) => [...(lossSums[i] ?? [])]));
  const counts = batches.flatMap((batch) =>
    batch.sequences.map((_, i) => countTargets({ ...batch, ...pick(batch, i) })),
  );
  const targets = counts.reduce((total, count) => total + count, 0);
  return {
    loss: sums.reduce((total, sum) => total + sum, 0) / targets,
    sequenceLosses: sums.map((sum, i) => sum / Math.max(counts[i] as number, 1)),
    targets,
  };
}

function pick({ sequences, targets }: Batch, i: number): Batch {
  return {
    sequences: [sequences[i] as readonly number[]],
    ...(targets && { targets: [targets[i] as readonly boolean[]] }),
  };
}
