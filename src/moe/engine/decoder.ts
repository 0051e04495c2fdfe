/**
 * One step of the model: the rows of a batch of sequences through a range of layers, in step with the crew.
 *
 * A step is all or nothing only for its caller: after an error the caches of its sequences are cut back to where they
 * were.
 */
import { MAX_EXPERTS_PER_LAYER, slotName } from "../../core/slot.ts";
import { ropeFrequencies, rotations } from "../model/ropeFrequencies.ts";
import { type Routing, route } from "../model/routing.ts";
import type { ModelSpec } from "../model/spec.ts";
import { requireSlot, type SlotSource } from "../slotSource.ts";
import type { Crew } from "./crew.ts";
import type { FeedForwardGroup } from "./crewMessages.ts";
import type { BatchSequence } from "./exchange.ts";
import type { ExpertCache, ExpertRef } from "./expertCache.ts";
import type { LayerWeights, ModelState } from "./modelState.ts";
import { floatData, floats } from "./ort.ts";

export interface StepSequence extends BatchSequence {
  /** The sequence's length that decides between LongRoPE's two regimes; at least `start + rows`. */
  readonly ropeLength: number;
}

export interface LayerTrace {
  readonly layer: number;
  /** Residual stream after the layer, [rows][hiddenSize]; valid during the call only. */
  readonly hidden: Float32Array;
  /** Absent in layers without experts. */
  readonly routing: Routing | undefined;
}

export interface StepOptions {
  readonly firstLayer: number;
  readonly lastLayer: number;
  readonly topK: number;
  readonly prefetch: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onLayer?: ((trace: LayerTrace) => void) | undefined;
}

const MAX_PREFETCH_ROWS = 4;

export class Decoder {
  readonly #spec: ModelSpec;
  readonly #crew: Crew;
  readonly #experts: ExpertCache;
  readonly #poll: () => void;

  /** @param poll called before every layer: takes notice of aborts while no messages can be taken */
  constructor(spec: ModelSpec, crew: Crew, experts: ExpertCache, poll: () => void = () => {}) {
    this.#spec = spec;
    this.#poll = poll;
    this.#crew = crew;
    this.#experts = experts;
  }

  /** Runs the rows that lie in `exchange.hidden` through the layers; the result lies there too. */
  async step(state: ModelState, batch: readonly StepSequence[], options: StepOptions): Promise<void> {
    const crew = this.#crew;
    try {
      this.#writeRotations(batch);
      crew.beginStep(batch);
      for (let layer = options.firstLayer; layer <= options.lastLayer; layer++) {
        this.#poll();
        options.signal?.throwIfAborted();
        const weights = state.layers.get(layer) as LayerWeights;
        crew.attend(weights.attention, layer);
        crew.addAttention(this.#spec.multipliers.residual);
        const routing = await this.#feedForward(state, weights, layer, batch, options);
        options.onLayer?.({ layer, hidden: this.#rows(batch), routing });
        if (options.prefetch && layer < options.lastLayer) this.#prefetch(state, layer + 1, batch, options.topK);
      }
    } catch (error) {
      for (const { sequence, start } of batch) crew.truncate(sequence, start);
      throw error;
    }
  }

  /** Logits of some rows of the last step, handed out block by block; each row is valid during its call only. */
  logits(state: ModelState, rows: readonly number[], use: (row: number, logits: Float32Array) => void): void {
    const { exchange } = this.#crew;
    const { vocabSize } = this.#spec;
    for (let at = 0; at < rows.length; at += exchange.sizes.maxHeadRows) {
      const block = rows.slice(at, at + exchange.sizes.maxHeadRows);
      this.#crew.head(state.head as number, block);
      for (const [i, row] of block.entries()) use(row, exchange.logits.subarray(i * vocabSize, (i + 1) * vocabSize));
    }
  }

  async #feedForward(
    state: ModelState,
    weights: LayerWeights,
    layer: number,
    batch: readonly StepSequence[],
    options: StepOptions,
  ): Promise<Routing | undefined> {
    const { exchange } = this.#crew;
    const hidden = this.#rows(batch);
    const rows = hidden.length / this.#spec.hiddenSize;
    const { normed, logits } = weights.router.run(floats(hidden, [rows, this.#spec.hiddenSize]));
    exchange.normed.set(floatData(normed));
    const { experts, router } = this.#spec;
    const routing = logits && route(router, experts.count, options.topK, floatData(logits), weights.correction);
    const always = allRows(weights.dense ?? weights.shared, rows);
    let chosen: readonly FeedForwardGroup[] = [];
    if (routing === undefined) this.#crew.feedForward(always);
    else chosen = await this.#runExperts(state, layer, routing, always, options);
    this.#crew.addOutputs([...chosen, ...always]);
    return routing;
  }

  /** Runs the chosen experts, by rising number, as they come into memory; `always` with the first of them. */
  async #runExperts(
    state: ModelState,
    layer: number,
    routing: Routing,
    always: readonly FeedForwardGroup[],
    options: StepOptions,
  ): Promise<FeedForwardGroup[]> {
    const groups = groupByExpert(routing);
    const refs = groups.map(({ expert }) => expertRef(state.source, layer, expert));
    const done: FeedForwardGroup[] = [];
    let first = always.reduce((total, { rows }) => total + rows.length, 0);
    this.#experts.announce(refs);
    while (done.length < groups.length) {
      const isThere = this.#experts.kernelOf(refs[done.length] as ExpertRef) !== undefined;
      if (!isThere) await this.#experts.ensure(refs, done.length, options.signal);
      const ready: FeedForwardGroup[] = [];
      for (let next = done.length; next < groups.length; next++) {
        const kernel = this.#experts.kernelOf(refs[next] as ExpertRef);
        if (kernel === undefined) break;
        const { rows, weights } = groups[next] as ExpertGroup;
        ready.push({ kernel, first, rows, weights });
        first += rows.length;
      }
      const groupsNow = done.length === 0 ? [...always, ...ready] : ready;
      const startMs = performance.now();
      this.#crew.feedForward(groupsNow);
      this.#countTimes(refs.slice(done.length), ready, groupsNow, performance.now() - startMs);
      done.push(...ready);
    }
    return done;
  }

  /** Experts run together: every row gets the same share of the time. */
  #countTimes(
    refs: readonly ExpertRef[],
    ready: readonly FeedForwardGroup[],
    groups: readonly FeedForwardGroup[],
    ms: number,
  ): void {
    const rows = groups.reduce((total, group) => total + group.rows.length, 0);
    for (const [i, group] of ready.entries()) {
      const count = group.rows.length;
      this.#experts.times.computed((refs[i] as ExpertRef).key, count, (ms * count) / rows);
    }
  }

  /**
   * Begins to load what the next layer will probably choose: its router, asked with what is there before that layer's
   * attention. Only for few rows; a prompt chooses nearly all experts anyway.
   */
  #prefetch(state: ModelState, layer: number, batch: readonly StepSequence[], topK: number): void {
    const hidden = this.#rows(batch);
    const rows = hidden.length / this.#spec.hiddenSize;
    const weights = state.layers.get(layer);
    if (rows > MAX_PREFETCH_ROWS || weights === undefined) return;
    const { logits } = weights.router.run(floats(hidden, [rows, this.#spec.hiddenSize]));
    if (logits === undefined) return;
    const { router, experts } = this.#spec;
    const routing = route(router, experts.count, topK, floatData(logits), weights.correction);
    const refs = [...new Set(routing.experts)].map((expert) => expertRef(state.source, layer, expert));
    this.#experts.prefetch(refs, new Set(refs.map(({ key }) => key)));
  }

  #rows(batch: readonly StepSequence[]): Float32Array {
    const rows = batch.reduce((total, sequence) => total + sequence.rows, 0);
    return this.#crew.exchange.hidden.subarray(0, rows * this.#spec.hiddenSize);
  }

  #writeRotations(batch: readonly StepSequence[]): void {
    const { rope } = this.#spec;
    if (rope === undefined) return;
    const { exchange } = this.#crew;
    for (const { firstRow, rows, start, ropeLength } of batch) {
      const positions = Int32Array.from({ length: rows }, (_, row) => start + row);
      const { cos, sin } = rotations(ropeFrequencies(rope, ropeLength), positions);
      exchange.cos.set(cos, firstRow * (rope.dimension / 2));
      exchange.sin.set(sin, firstRow * (rope.dimension / 2));
    }
  }
}

/** By source, layer and expert: asked for with every token of every layer. A source's slots do not change. */
const expertRefs = new WeakMap<SlotSource, Map<number, ExpertRef>>();

export function expertRef(source: SlotSource, layer: number, expert: number): ExpertRef {
  let refs = expertRefs.get(source);
  if (refs === undefined) {
    refs = new Map();
    expertRefs.set(source, refs);
  }
  const number = layer * MAX_EXPERTS_PER_LAYER + expert;
  let ref = refs.get(number);
  if (ref === undefined) {
    const slot = slotName({ kind: "expert", layer, expert });
    ref = { key: `${slot}@${requireSlot(source, slot).version}`, slot, source };
    refs.set(number, ref);
  }
  return ref;
}

function allRows(kernel: number | undefined, rows: number): FeedForwardGroup[] {
  if (kernel === undefined) return [];
  return [
    {
      kernel,
      first: 0,
      rows: Int32Array.from({ length: rows }, (_, row) => row),
      weights: new Float32Array(rows).fill(1),
    },
  ];
}

interface ExpertGroup {
  readonly expert: number;
  readonly rows: number[];
  readonly weights: number[];
}

/** Which rows go to each chosen expert, by rising expert number. */
function groupByExpert({ perToken, experts, weights }: Routing): ExpertGroup[] {
  const groups = new Map<number, ExpertGroup>();
  for (let i = 0; i < experts.length; i++) {
    const expert = experts[i] as number;
    const group = groups.get(expert) ?? { expert, rows: [], weights: [] };
    groups.set(expert, group);
    group.rows.push(Math.floor(i / perToken));
    group.weights.push(weights[i] as number);
  }
  return [...groups.values()].sort((a, b) => a.expert - b.expert);
}
