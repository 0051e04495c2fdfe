/**
 * Continuous batching: at every step all generations in flight move on together, each by one token or by a piece of its
 * prompt. A new one joins at the next step, one that ends or is aborted leaves at the next step.
 */
import { AiBlockError } from "../../core/errors.ts";
import { Admission, type AdmissionOptions } from "./admission.ts";
import type { Decoder, LayerTrace } from "./decoder.ts";
import type { ExpertCacheCounters } from "./expertCache.ts";
import type { Request, Sequence } from "./sequence.ts";
import { planStep, type StepPart } from "./stepPlan.ts";
import { layerRouting } from "./steps.ts";
import { type Turns, yieldToMessages } from "./turns.ts";

export interface SchedulerOptions extends AdmissionOptions {
  readonly decoder: Decoder;
  readonly turns: Turns;
  /** A copy of the expert cache's counters. */
  readonly cacheCounters: () => ExpertCacheCounters;
}

/** What a step recorded for those who asked for it. */
interface Record {
  readonly traces: readonly LayerTrace[];
  /** Inputs of the first layer, of all rows; only for traces. */
  readonly embedding: Float32Array | undefined;
}

export class Scheduler {
  readonly #with: SchedulerOptions;
  readonly #admission: Admission;
  /** In the order of their turn. */
  readonly #active: Sequence[] = [];
  readonly counters = { generatedTokens: 0, promptTokens: 0, steps: 0 };
  #running = false;
  #closed = false;

  constructor(options: SchedulerOptions) {
    this.#with = options;
    this.#admission = new Admission(options);
  }

  get active(): number {
    return this.#active.length;
  }

  get waiting(): number {
    return this.#admission.waiting;
  }

  get retained(): number {
    return this.#admission.retained;
  }

  /** Throws `engine_busy`, `engine_closed`, and what is wrong with the request. */
  add(request: Request): void {
    this.#admission.ask(request);
    this.wake();
  }

  /** Goes on after a pause: there is a new request, an abort, or a caller has taken events. */
  wake(): void {
    if (this.#running) return;
    this.#running = true;
    void this.#loop();
  }

  /** Forgets caches of conversations on other states of the model. */
  dropOtherStates(): void {
    this.#admission.dropOtherStates();
  }

  /** Fails all requests and releases what they hold, after the step at hand. */
  async close(): Promise<void> {
    this.#closed = true;
    const error = new AiBlockError("engine_closed", "the engine was closed");
    await this.#with.turns.run(async () => {
      for (const sequence of [...this.#active]) this.#end(sequence, error);
      this.#admission.close(error);
    });
  }

  async #loop(): Promise<void> {
    try {
      while (!this.#closed) {
        this.#dropAborted();
        this.#admit();
        const runnable = this.#active.filter((sequence) => !sequence.paused);
        if (runnable.length === 0) break;
        await this.#with.turns.run(() => this.#step(runnable));
        await yieldToMessages();
      }
    } finally {
      this.#running = false;
    }
  }

  #dropAborted(): void {
    for (const sequence of this.#active.filter(({ request }) => request.signal.aborted)) {
      this.#end(sequence, sequence.request.signal.reason);
    }
    this.#admission.dropAborted();
  }

  #admit(): void {
    while (this.#active.length < this.#with.options.maxSequences) {
      const sequence = this.#admission.next();
      if (sequence === undefined) return;
      this.counters.promptTokens += sequence.pending;
      this.#active.push(sequence);
    }
  }

  async #step(runnable: readonly Sequence[]): Promise<void> {
    const { crew, options, spec } = this.#with;
    const parts = planStep(spec, crew, runnable, options.prefillRows);
    // Those that found no room come first next time.
    for (const { sequence } of parts) {
      this.#active.splice(this.#active.indexOf(sequence), 1);
      this.#active.push(sequence);
    }
    try {
      const record = await this.#compute(parts);
      this.counters.steps++;
      for (const { sequence, step } of parts) {
        sequence.computed += step.rows;
        if (sequence.pending > 0 && sequence.generated === 0) sequence.request.promptComputed(sequence.computed);
      }
      this.#emit(parts, record);
    } catch (error) {
      for (const { sequence } of parts) {
        const { signal } = sequence.request;
        this.#end(sequence, signal.aborted ? signal.reason : error);
      }
    }
  }

  async #compute(parts: readonly StepPart[]): Promise<Record> {
    const { crew, decoder, options, spec } = this.#with;
    const { state } = (parts[0] as StepPart).sequence.state;
    const { hidden } = crew.exchange;
    for (const { sequence, step } of parts) {
      const ids = sequence.tokens.slice(step.start, step.start + step.rows);
      await state.embedding?.lookUp(ids, hidden.subarray(step.firstRow * spec.hiddenSize));
    }
    const traced = parts.some(({ sequence }) => sequence.request.params.trace);
    const routed = traced || parts.some(({ sequence }) => sequence.request.params.routing);
    const traces: LayerTrace[] = [];
    const embedding = traced ? hidden.slice() : undefined;
    await decoder.step(
      state,
      parts.map(({ step }) => step),
      {
        ...options,
        // A step that several callers wait for is not cut short by one of them.
        signal: parts.length === 1 ? parts[0]?.sequence.request.signal : undefined,
        onLayer: (trace) => {
          if (routed) traces.push(traced ? { ...trace, hidden: trace.hidden.slice() } : trace);
        },
      },
    );
    return { traces, embedding };
  }

  /** Logits are taken where a sequence's last token was computed, and of every row of a trace. */
  #emit(parts: readonly StepPart[], record: Record): void {
    const owners = new Map<number, StepPart>();
    for (const part of parts) {
      const { sequence, step } = part;
      sequence.tally?.add(record.traces, step.firstRow, sequence.pending === 0 ? step.rows - 1 : step.rows);
      const skipped = sequence.request.params.trace ? 0 : sequence.pending === 0 ? step.rows - 1 : step.rows;
      for (let row = skipped; row < step.rows; row++) owners.set(step.firstRow + row, part);
    }
    const { state } = (parts[0] as StepPart).sequence.state;
    this.#with.decoder.logits(state, [...owners.keys()], (row, logits) => {
      const part = owners.get(row) as StepPart;
      if (part.sequence.over) return;
      try {
        if (part.sequence.request.params.trace) this.#emitTrace(part, row, logits, record);
        const last = row === part.step.firstRow + part.step.rows - 1;
        if (last && part.sequence.pending === 0) this.#emitToken(part.sequence, row, logits, record);
      } catch (error) {
        this.#end(part.sequence, error);
      }
    });
  }

  #emitTrace({ sequence, step }: StepPart, row: number, logits: Float32Array, { traces, embedding }: Record): void {
    const size = this.#with.spec.hiddenSize;
    const rowOf = (all: Float32Array): Float32Array => all.slice(row * size, (row + 1) * size);
    const position = step.start + row - step.firstRow;
    sequence.request.emit({
      type: "trace",
      position,
      id: sequence.tokens[position] as number,
      logits: logits.slice(),
      embedding: rowOf(embedding as Float32Array),
      hidden: traces.map(({ hidden }) => rowOf(hidden)),
      routing: layerRouting(traces, row),
    });
  }

  #emitToken(sequence: Sequence, row: number, logits: Float32Array, { traces }: Record): void {
    const { params } = sequence.request;
    if (sequence.tokens.length >= sequence.maxPositions) {
      this.#finish(sequence, "length", undefined);
      return;
    }
    const { id, logprob, topLogprobs } = sequence.sampler.sample(logits);
    if (params.stopIds.includes(id)) {
      this.#finish(sequence, "stop", id);
      return;
    }
    sequence.accept(id);
    this.counters.generatedTokens++;
    const index = sequence.generated - 1;
    const routing = params.routing ? layerRouting(traces, row) : undefined;
    const prompt = index === 0 ? sequence.promptWork() : undefined;
    sequence.request.emit({ type: "token", id, index, logprob, topLogprobs, routing, prompt });
    // The last token's own position would only be needed for one more.
    if (sequence.tokens.length >= sequence.maxPositions) this.#finish(sequence, "length", undefined);
  }

  #finish(sequence: Sequence, reason: "stop" | "length", stopId: number | undefined): void {
    sequence.request.emit(sequence.doneEvent(reason, stopId, this.#with.cacheCounters()));
    this.#end(sequence, undefined);
  }

  #end(sequence: Sequence, error: unknown): void {
    if (sequence.over) return;
    sequence.over = true;
    this.#active.splice(this.#active.indexOf(sequence), 1);
    this.#admission.release(sequence);
    if (error === undefined) sequence.request.finish();
    else sequence.request.fail(error);
  }
}
