/**
 * The MoE engine: runs a model whose slots come from a `SlotSource`, in worker threads.
 *
 * The caller's thread computes nothing: it passes messages on and reads weights when the engine asks for them. Numbers
 * depend on the slots, the precision, the number of shards, the execution provider and the processor, not on what else
 * runs at the same time up to the rounding of batched products.
 */
import { AiBlockError } from "../../core/errors.ts";
import type { ModelSpec } from "../model/spec.ts";
import type { SlotSource } from "../slotSource.ts";
import type { ExpertTime } from "./expertTimes.ts";
import { type GenerateOptions, generate } from "./generation.ts";
import { type EngineOptions, type ResolvedOptions, resolveOptions } from "./options.ts";
import type { EngineStats, GenerateEvent, LossResult, SliceParams, SliceResult } from "./protocol.ts";
import { WorkerClient } from "./workerClient.ts";

export type { ExpertCacheCounters } from "./expertCache.ts";
export type { ExpertTime } from "./expertTimes.ts";
export type { GenerateOptions } from "./generation.ts";
export type { EngineOptions, Precision } from "./options.ts";
export type { ExpertTally } from "./promptTally.ts";
export type {
  DoneEvent,
  EngineStats,
  GenerateEvent,
  LayerRouting,
  LossResult,
  PromptWork,
  SliceParams,
  SliceResult,
  TokenEvent,
  TraceEvent,
} from "./protocol.ts";

export interface Evaluation {
  /** Loss of the model as it was when the evaluation was opened. */
  readonly base: LossResult;
  /**
   * Loss with the slots of `layer` as `candidate` has them; everything else must be equal. Only that layer and those
   * above it are computed.
   */
  candidate(candidate: SlotSource, layer: number, signal?: AbortSignal): Promise<LossResult>;
  /** May be called twice. */
  close(): Promise<void>;
}

export class Engine {
  readonly spec: ModelSpec;
  readonly options: ResolvedOptions;
  readonly #worker: WorkerClient;
  #closing: Promise<void> | undefined;

  /** Use `createEngine`. */
  constructor(options: EngineOptions, onReleased: (source: SlotSource) => void, signal: AbortSignal | undefined) {
    this.spec = options.source.spec;
    this.options = resolveOptions(options);
    this.#worker = new WorkerClient(this.options, options.source, onReleased, signal);
  }

  /** Resolves when the engine is loaded. */
  get ready(): Promise<void> {
    return this.#worker.ready;
  }

  /** Resolves with `engine_failed` when the engine's thread ends unasked; every call fails with the same error then. */
  get failed(): Promise<AiBlockError> {
    return this.#worker.broken;
  }

  /**
   * Generates tokens, event by event; the last one is `done`. Taking events slowly slows the generation down. Leaving the
   * loop, or the signal, stops it within a layer; then everything it held is released before this returns or throws.
   * Throws `bad_prompt`, `bad_token_id`, `bad_max_tokens`, `bad_sampling_parameter`, `context_too_long`,
   * `kv_budget_exceeded`, `engine_busy`, `engine_closed`, `engine_failed`, `non_finite_logits`, `router_not_finite`, and the codes of
   * reading weights; after an abort the signal's reason.
   */
  generate(options: GenerateOptions): AsyncGenerator<GenerateEvent, void, undefined> {
    return generate(this.#worker, options);
  }

  /**
   * Runs rows through this engine's layers and keeps their keys and values under `session`; see `SliceParams`.
   * Throws `bad_slice_input`, `position_gap` (data.expected), `rope_regime_changed` (feed again from position 0 with
   * data.ropeLength), `context_too_long`, `kv_budget_exceeded`, `engine_busy`, `non_finite_values`.
   */
  slice(params: SliceParams, signal?: AbortSignal): Promise<SliceResult> {
    return this.#worker.call("slice", params, { signal }).result;
  }

  /** Releases a slice session; unknown ones are no error. */
  async closeSession(session: string): Promise<void> {
    await this.#worker.call("closeSession", { session }).result;
  }

  /**
   * One expert's output on normalised rows [rows][hiddenSize], without the router's factor.
   * Throws `expert_unknown`, `bad_expert_input`, and the codes of reading weights.
   */
  expert(layer: number, expert: number, rows: Float32Array, signal?: AbortSignal): Promise<Float32Array> {
    return this.#worker.call("expert", { layer, expert, rows }, { signal }).result;
  }

  /** Mean next-token cross entropy of token sequences. Throws `bad_sequences`, `engine_is_slice`, `context_too_long`. */
  loss(sequences: readonly (readonly number[])[], signal?: AbortSignal): Promise<LossResult> {
    return this.#worker.call("loss", { sequences }, { signal }).result;
  }

  /** Measures the model on `sequences` and keeps what candidates for one layer have in common. */
  async evaluation(sequences: readonly (readonly number[])[], signal?: AbortSignal): Promise<Evaluation> {
    const { evaluation, base } = await this.#worker.call("openEvaluation", { sequences }, { signal }).result;
    return {
      base,
      candidate: (candidate, layer, candidateSignal) => {
        const source = this.#worker.describe(candidate);
        const { result } = this.#worker.call("evaluate", { evaluation, source, layer }, { signal: candidateSignal });
        return result.finally(() => this.#worker.forget(source));
      },
      close: () => this.#worker.call("closeEvaluation", { evaluation }).result,
    };
  }

  /**
   * Makes another state of the model the one for new work; what is in flight finishes on its own. Slots with the same
   * version are not loaded again. On an error the old state stays. Throws `other_model` when the spec differs.
   */
  async update(source: SlotSource, signal?: AbortSignal): Promise<void> {
    if (JSON.stringify(source.spec) !== JSON.stringify(this.spec)) {
      throw new AiBlockError("other_model", "update: the new source is of another model than the engine was made for");
    }
    const description = this.#worker.describe(source);
    try {
      await this.#worker.call("useSource", description, { signal }).result;
    } catch (error) {
      this.#worker.forget(description);
      throw error;
    }
  }

  stats(): Promise<EngineStats> {
    return this.#worker.call("stats", undefined).result;
  }

  /** What each expert cost since the last call of this: its rows and loads, with their times. */
  takeExpertTimes(): Promise<readonly ExpertTime[]> {
    return this.#worker.call("takeExpertTimes", undefined).result;
  }

  /** Resolves when no call is in flight. */
  idle(): Promise<void> {
    return this.#worker.idle();
  }

  /** Ends generations at their next step with `engine_closed` and releases everything. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.ready.then(() => this.#worker.call("close", undefined).result).catch(() => {});
    await this.#worker.exited();
  }
}

/**
 * Starts an engine and loads everything but the experts (with `useMoe: false` those too).
 * @param onReleased called when the engine has no use for a source any more: after `update`, or after `close`
 * @param signal ends the loading between two slots, or after half a second by force; then nothing of the engine is left when this throws the signal's reason
 * Throws `bad_engine_option`, `bad_top_k`, `execution_provider_unavailable`, `expert_budget_too_small`, and the codes of
 * reading weights (`tensor_not_finite`, `slot_missing`, …).
 */
export async function createEngine(
  options: EngineOptions,
  onReleased: (source: SlotSource) => void = () => {},
  signal?: AbortSignal,
): Promise<Engine> {
  signal?.throwIfAborted();
  const engine = new Engine(options, onReleased, signal);
  try {
    await engine.ready;
    signal?.throwIfAborted();
  } catch (error) {
    await engine.close();
    throw signal?.aborted ? signal.reason : error;
  }
  return engine;
}
