/** Everything inside the engine's worker: built here from top to bottom, closed in reverse. */
import { AiBlockError } from "../../core/errors.ts";
import { slotName } from "../../core/slot.ts";
import type { ModelSpec } from "../model/spec.ts";
import { readSlotParts, requireSlot, type SlotSource } from "../slotSource.ts";
import { Crew } from "./crew.ts";
import type { FeedForwardGroup } from "./crewMessages.ts";
import { Decoder, expertRef } from "./decoder.ts";
import { Evaluations } from "./evaluations.ts";
import { ExpertCache, type ExpertRef } from "./expertCache.ts";
import type { ExpertTime } from "./expertTimes.ts";
import type { FollowerLink } from "./followers.ts";
import { KvBudget, kvBytesPerPosition } from "./kvBudget.ts";
import { checkSequences, type LossOptions, LossRun } from "./lossRun.ts";
import { ModelStates } from "./modelState.ts";
import type { ResolvedOptions } from "./options.ts";
import { prepareSlot } from "./prepare.ts";
import type { EngineStats, ExpertParams, LossResult } from "./protocol.ts";
import { expertBytes, storedBits } from "./quantisation.ts";
import { Scheduler } from "./scheduler.ts";
import { SliceSessions } from "./sliceSessions.ts";
import { States } from "./states.ts";
import { Turns } from "./turns.ts";

/** Rows of which the head is asked at once: 64 rows of 50,000 logits are 13 MB. */
const HEAD_ROWS = 64;

/** What the runtime is given by the worker that it runs in. */
export interface RuntimeSurroundings {
  /** For files of this engine alone. */
  readonly workFolder: string;
  /** One for each thread but the first. */
  readonly followers: readonly FollowerLink[];
  /** Called with the number of a source when no state of it is in use any more. */
  readonly onReleased: (source: number) => void;
  /** Takes notice of aborts while a step runs, or a state is loaded. */
  readonly poll: () => void;
}

export class Runtime {
  readonly scheduler: Scheduler;
  readonly slices: SliceSessions;
  readonly evaluations: Evaluations;
  readonly states: States;
  readonly turns = new Turns();
  readonly #spec: ModelSpec;
  readonly #options: ResolvedOptions;
  readonly #crew: Crew;
  readonly #loader: ModelStates;
  readonly #experts: ExpertCache;
  readonly #expertBytes: number;
  readonly #kvBudget: KvBudget;
  readonly #loss: LossOptions;
  readonly #poll: () => void;
  #nextSequence = 1;

  constructor(
    spec: ModelSpec,
    options: ResolvedOptions,
    { workFolder, followers, onReleased, poll }: RuntimeSurroundings,
  ) {
    this.#spec = spec;
    this.#options = options;
    this.#poll = poll;
    this.#expertBytes = expertBytes(spec, options);
    const budgetBytes = options.useMoe ? options.expertBudgetBytes : Number.POSITIVE_INFINITY;
    this.#crew = new Crew({
      spec,
      maxRows: options.prefillRows + options.maxSequences,
      maxKernelsPerRow: options.topK + 1,
      maxSequences: options.maxSequences + 1,
      maxHeadRows: HEAD_ROWS,
      shards: options.shards,
      followers,
      // Prepared weights lie in the folder that was asked for, or go with the engine.
      preparedFolder: options.cacheFolder ?? (options.precision === "f32" ? undefined : workFolder),
      workFolder,
      executionProvider: options.executionProvider,
    });
    this.#loader = new ModelStates(spec, this.#crew, options, poll);
    this.#experts = new ExpertCache({
      budgetBytes,
      expertBytes: this.#expertBytes,
      load: (expert, signal) => this.#loadExpert(expert, signal),
      unload: (kernel) => this.#crew.unload(kernel),
    });
    this.states = new States(this.#loader, [options.firstLayer, options.lastLayer], onReleased);
    this.#kvBudget = new KvBudget(
      kvBytesPerPosition(spec, options.lastLayer - options.firstLayer + 1, options.shards),
      options.kvBudgetBytes,
    );
    const decoder = new Decoder(spec, this.#crew, this.#experts, poll);
    const shared = {
      spec,
      options,
      crew: this.#crew,
      decoder,
      states: this.states,
      kvBudget: this.#kvBudget,
      newSequenceNumber: () => this.#nextSequence++,
    };
    this.#loss = shared;
    this.scheduler = new Scheduler({
      ...shared,
      turns: this.turns,
      cacheCounters: () => ({ ...this.#experts.counters }),
    });
    this.slices = new SliceSessions(shared);
    this.evaluations = new Evaluations(shared, this.states);
  }

  /** Loads a state and makes it the one for new work; without `useMoe` all its experts too. */
  async useSource(number: number, source: SlotSource, signal?: AbortSignal): Promise<void> {
    await this.turns.run(async () => {
      await this.states.use(number, source, signal);
      this.scheduler.dropOtherStates();
      if (this.#options.useMoe) return;
      for (const ref of this.#allExperts(source)) {
        this.#poll();
        signal?.throwIfAborted();
        await this.#experts.ensure([ref], 0, signal);
      }
    });
  }

  /** Output of one expert on normalised rows, without the router's factor: [rows][hiddenSize]. */
  async expert({ layer, expert, rows }: ExpertParams, signal: AbortSignal): Promise<Float32Array> {
    const { hiddenSize, experts, layers } = this.#spec;
    if (
      layers[layer]?.feedForward !== "experts" ||
      !Number.isSafeInteger(expert) ||
      expert < 0 ||
      expert >= experts.count
    ) {
      throw new AiBlockError("expert_unknown", `layer ${layer}, expert ${expert}: the model has no such expert`, {
        layer,
        expert,
      });
    }
    const count = rows.length / hiddenSize;
    if (!Number.isSafeInteger(count) || count === 0) {
      throw new AiBlockError(
        "bad_expert_input",
        `rows: expected whole rows of ${hiddenSize}, got ${rows.length} values`,
      );
    }
    const out = new Float32Array(rows.length);
    for (let done = 0; done < count; done += this.#options.prefillRows) {
      const block = rows.subarray(done * hiddenSize, (done + this.#options.prefillRows) * hiddenSize);
      out.set(await this.turns.run(() => this.#runExpert(layer, expert, block, signal)), done * hiddenSize);
    }
    return out;
  }

  async loss(sequences: readonly (readonly number[])[], signal: AbortSignal): Promise<LossResult> {
    checkSequences(this.#spec, this.#options, sequences);
    const state = this.states.pin();
    try {
      return await this.turns.run(() => new LossRun(this.#loss, sequences).run(state.state, signal));
    } finally {
      state.release();
    }
  }

  stats(): EngineStats {
    const held = this.#crew.held();
    const { asked, prefetched } = this.#experts.history;
    return {
      experts: { ...this.#experts.counters },
      expertsAsked: [...asked],
      expertsPrefetched: [...prefetched],
      expertBytes: this.#expertBytes,
      activeSequences: this.scheduler.active,
      waitingSequences: this.scheduler.waiting,
      sliceSessions: this.slices.size,
      retainedSessions: this.scheduler.retained,
      kvBytes: this.#kvBudget.reservedBytes,
      kernels: held.kernels,
      caches: held.sequences,
      sessions: held.sessions,
      ...this.scheduler.counters,
    };
  }

  takeExpertTimes(): ExpertTime[] {
    return this.#experts.times.take();
  }

  async close(): Promise<void> {
    await this.scheduler.close();
    await this.turns.run(async () => {
      this.slices.closeAll();
      this.evaluations.closeAll();
      this.states.close();
      await this.#experts.close();
      this.#loader.close();
    });
    this.#crew.close();
  }

  async #loadExpert({ slot, source }: ExpertRef, signal: AbortSignal | undefined): Promise<number> {
    const kernel = this.#loader.newKernel();
    await this.#crew.load(kernel, "feedForward", {
      version: requireSlot(source, slot).version,
      bits: storedBits(this.#spec, "expert", this.#options),
      read: async () => {
        const parts = await readSlotParts(source, slot, signal === undefined ? {} : { signal });
        return (share) => prepareSlot(this.#spec, "expert", parts, share);
      },
    });
    return kernel;
  }

  async #runExpert(layer: number, expert: number, rows: Float32Array, signal: AbortSignal): Promise<Float32Array> {
    const state = this.states.pin();
    try {
      const ref = expertRef(state.state.source, layer, expert);
      this.#experts.announce([ref]);
      await this.#experts.ensure([ref], 0, signal);
      const count = rows.length / this.#spec.hiddenSize;
      const group: FeedForwardGroup = {
        kernel: this.#experts.kernelOf(ref) as number,
        first: 0,
        rows: Int32Array.from({ length: count }, (_, row) => row),
        weights: new Float32Array(count).fill(1),
      };
      this.#crew.exchange.normed.set(rows);
      this.#crew.feedForward([group]);
      return this.#crew.outputOf(group);
    } finally {
      state.release();
    }
  }

  *#allExperts(source: SlotSource): Generator<ExpertRef> {
    const { firstLayer, lastLayer } = this.#options;
    for (let layer = firstLayer; layer <= lastLayer; layer++) {
      if (this.#spec.layers[layer]?.feedForward !== "experts") continue;
      for (let expert = 0; expert < this.#spec.experts.count; expert++) {
        if (source.slots.has(slotName({ kind: "expert", layer, expert }))) yield expertRef(source, layer, expert);
      }
    }
  }
}
