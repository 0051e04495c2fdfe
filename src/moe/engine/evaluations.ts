/**
 * Measuring candidates: the loss of a model with a slot of one layer replaced, on sequences that stay the same.
 *
 * Everything below that layer is the same for all candidates. Its output is computed once and kept, so that a candidate
 * costs the layers from its own upward.
 */
import { AiBlockError } from "../../core/errors.ts";
import type { SlotSource } from "../slotSource.ts";
import { type HiddenInputs, type LossOptions, LossRun } from "./lossRun.ts";
import type { LossResult } from "./protocol.ts";
import type { StateHandle, States } from "./states.ts";

/** Most evaluations open at once, and layers whose inputs each of them keeps. */
const MAX_EVALUATIONS = 16;
const MAX_KEPT_LAYERS = 4;

interface Evaluation {
  readonly sequences: readonly (readonly number[])[];
  readonly state: StateHandle;
  /** By layer; the least recently used first. */
  readonly inputs: Map<number, HiddenInputs>;
}

export class Evaluations {
  readonly #with: LossOptions;
  readonly #states: States;
  readonly #open = new Map<number, Evaluation>();
  #nextNumber = 1;

  constructor(options: LossOptions, states: States) {
    this.#with = options;
    this.#states = states;
  }

  /** Runs inside a turn. The evaluation holds on to the state that is the newest one now. */
  async open(
    sequences: readonly (readonly number[])[],
    signal: AbortSignal,
  ): Promise<{ readonly evaluation: number; readonly base: LossResult }> {
    if (this.#open.size >= MAX_EVALUATIONS) {
      throw new AiBlockError("engine_busy", `${MAX_EVALUATIONS} evaluations are open already`);
    }
    const state = this.#states.pin();
    try {
      const base = await new LossRun(this.#with, sequences).run(state.state, signal);
      const evaluation = this.#nextNumber++;
      this.#open.set(evaluation, { sequences, state, inputs: new Map() });
      return { evaluation, base };
    } catch (error) {
      state.release();
      throw error;
    }
  }

  /** Runs inside a turn. `source` differs from the evaluation's state in slots of `layer` only. */
  async evaluate(
    evaluation: number,
    number: number,
    source: SlotSource,
    layer: number,
    signal: AbortSignal,
  ): Promise<LossResult> {
    const open = this.#open.get(evaluation);
    if (open === undefined) throw new AiBlockError("evaluation_unknown", `evaluation ${evaluation}: it is not open`);
    const input = await this.#inputs(open, layer, signal);
    const candidate = await this.#states.borrow(number, source, layer, signal);
    try {
      return await new LossRun(this.#with, open.sequences).run(candidate.state, signal, { input });
    } finally {
      candidate.release();
    }
  }

  close(evaluation: number): void {
    this.#open.get(evaluation)?.state.release();
    this.#open.delete(evaluation);
  }

  closeAll(): void {
    for (const evaluation of [...this.#open.keys()]) this.close(evaluation);
  }

  async #inputs(open: Evaluation, layer: number, signal: AbortSignal): Promise<HiddenInputs> {
    const kept = open.inputs.get(layer);
    if (kept !== undefined) {
      open.inputs.delete(layer);
      open.inputs.set(layer, kept);
      return kept;
    }
    const positions = open.sequences.reduce((sum, { length }) => sum + length, 0);
    const capture = { layer, rows: new Float32Array(positions * this.#with.spec.hiddenSize) };
    await new LossRun(this.#with, open.sequences).run(open.state.state, signal, { capture });
    const [oldest] = open.inputs.keys();
    if (open.inputs.size >= MAX_KEPT_LAYERS && oldest !== undefined) open.inputs.delete(oldest);
    open.inputs.set(layer, capture);
    return capture;
  }
}
