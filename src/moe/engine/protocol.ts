/**
 * Messages between the caller's thread and the engine's worker. The caller's thread only passes them on and reads weights
 * for the worker; all computing is on the other side.
 */
import type { ErrorData } from "../../core/errors.ts";
import type { ModelConfig } from "../model/parseConfig.ts";
import type { Routing } from "../model/routing.ts";
import type { ModelSpec } from "../model/spec.ts";
import type { TokenLogprob } from "../sampling/logprobs.ts";
import type { SamplingOptions } from "../sampling/options.ts";
import type { SlotInfo } from "../slotSource.ts";
import type { ExpertCacheCounters } from "./expertCache.ts";
import type { ExpertTime } from "./expertTimes.ts";
import type { FollowerLink } from "./followers.ts";
import type { ResolvedOptions } from "./options.ts";
import type { ExpertTally } from "./promptTally.ts";

/** A slot source as the worker knows it; its reads come back as `read` messages. */
export interface SourceDescription {
  readonly number: number;
  /** Whether it can read parts of tensors. */
  readonly ranges: boolean;
  readonly id: string;
  readonly config: ModelConfig;
  readonly spec: ModelSpec;
  readonly slots: ReadonlyMap<string, SlotInfo>;
}

export interface WorkerStart {
  readonly options: ResolvedOptions;
  readonly source: SourceDescription;
  /** Set to 1 when the caller does not want to wait until everything is loaded. The start is the call number 0. */
  readonly abort: Int32Array;
  /** For files of this engine alone; made when it is needed, removed by the caller's side when the worker is gone. */
  readonly workFolder: string;
  /** One for each thread but the leader's. */
  readonly followers: readonly FollowerLink[];
}

/** One layer's decision for one position. */
export interface LayerRouting {
  readonly layer: number;
  readonly experts: readonly number[];
  readonly weights: readonly number[];
}

export interface GenerateParams {
  readonly ids: readonly number[];
  readonly maxTokens: number;
  readonly sampling: SamplingOptions;
  readonly stopIds: readonly number[];
  readonly sessionKey: string | undefined;
  readonly routing: boolean;
  readonly trace: boolean;
  /** Say how much of the prompt has been computed, after every step that leaves some of it. */
  readonly promptProgress: boolean;
}

export interface TokenEvent {
  readonly type: "token";
  readonly id: number;
  /** 0 for the first token of the answer. */
  readonly index: number;
  /** Natural log probability of the token; only if `sampling.logprobs`. */
  readonly logprob: number | undefined;
  readonly topLogprobs: readonly TokenLogprob[] | undefined;
  /** Experts that computed the position before the token; only if `routing`. */
  readonly routing: readonly LayerRouting[] | undefined;
  /** Of the first token, if `routing`: what was computed of the prompt before its last position. */
  readonly prompt: PromptWork | undefined;
}

export interface PromptWork {
  /** Positions taken over from an earlier generation of the same session; they are in no tally. */
  readonly reusedTokens: number;
  readonly experts: readonly ExpertTally[];
}

/** Everything computed for one fed position; only if `trace`. */
export interface TraceEvent {
  readonly type: "trace";
  readonly position: number;
  readonly id: number;
  /** [vocabSize]; absent in an engine without the head. */
  readonly logits: Float32Array | undefined;
  /** Input of the first layer, [hiddenSize]. */
  readonly embedding: Float32Array;
  /** Residual stream after each layer, [hiddenSize] each. */
  readonly hidden: readonly Float32Array[];
  readonly routing: readonly LayerRouting[];
}

export interface DoneEvent {
  readonly type: "done";
  /** `stop`: one of `stopIds` was chosen. `length`: `maxTokens` or the model's longest sequence was reached. */
  readonly reason: "stop" | "length";
  readonly stopId: number | undefined;
  readonly promptTokens: number;
  /** Of the prompt, positions taken over from an earlier generation of the same session. */
  readonly reusedTokens: number;
  readonly generatedTokens: number;
  /** From the request to the first token, of that the time in the queue, and from the first token to the last. */
  readonly firstTokenMs: number;
  readonly queueMs: number;
  readonly decodeMs: number;
  /** Of the whole engine, at the end of this answer. */
  readonly cache: Readonly<ExpertCacheCounters>;
}

export type GenerateEvent = TokenEvent | TraceEvent | DoneEvent;

export interface SliceParams {
  readonly session: string;
  /** Position of the first row; the session is cut back to it when it is longer. */
  readonly position: number;
  /** In an engine with the first layer: token ids. */
  readonly ids?: readonly number[];
  /** In any other: [rows][hiddenSize]. */
  readonly hidden?: Float32Array;
  /** Final length of what is being fed, for models whose positions depend on it. Default: `position` + rows. */
  readonly ropeLength?: number;
  /** In an engine with the last layer: which rows to give logits of. Default `last`. */
  readonly logits?: "none" | "last" | "all";
  readonly routing?: boolean;
}

export interface SliceResult {
  /** Rows of the residual stream after the slice's last layer, [rows][hiddenSize]. */
  readonly hidden: Float32Array;
  /** [1 or rows][vocabSize]; absent without the head or with `logits: "none"`. */
  readonly logits: Float32Array | undefined;
  /** Decisions of the last row; only if `routing`. */
  readonly routing: readonly LayerRouting[] | undefined;
}

export interface ExpertParams {
  readonly layer: number;
  readonly expert: number;
  /** Normalised inputs, [rows][hiddenSize]. */
  readonly rows: Float32Array;
}

export interface LossParams {
  readonly sequences: readonly (readonly number[])[];
}

export interface LossResult {
  /** Mean cross entropy of the next token, natural logarithm, over all positions that have one. */
  readonly loss: number;
  readonly tokens: number;
  readonly perSequence: readonly number[];
}

export interface EvaluateParams {
  readonly evaluation: number;
  /** A source that differs from the evaluation's in slots of this layer only. */
  readonly source: SourceDescription;
  readonly layer: number;
}

export interface EngineStats {
  readonly experts: ExpertCacheCounters;
  /** Slots of experts that a router ever chose, and of those ever loaded ahead. */
  readonly expertsAsked: readonly string[];
  readonly expertsPrefetched: readonly string[];
  readonly expertBytes: number;
  readonly activeSequences: number;
  readonly waitingSequences: number;
  readonly sliceSessions: number;
  readonly retainedSessions: number;
  readonly kvBytes: number;
  /** What the first computing thread holds, for tests that look for leaks. */
  readonly kernels: number;
  readonly caches: number;
  readonly sessions: number;
  readonly generatedTokens: number;
  readonly promptTokens: number;
  readonly steps: number;
}

/** Methods of the worker: parameters and result. */
export interface Methods {
  generate: { params: GenerateParams; result: undefined };
  slice: { params: SliceParams; result: SliceResult };
  closeSession: { params: { readonly session: string }; result: undefined };
  expert: { params: ExpertParams; result: Float32Array };
  loss: { params: LossParams; result: LossResult };
  openEvaluation: { params: LossParams; result: { readonly evaluation: number; readonly base: LossResult } };
  evaluate: { params: EvaluateParams; result: LossResult };
  closeEvaluation: { params: { readonly evaluation: number }; result: undefined };
  useSource: { params: SourceDescription; result: undefined };
  stats: { params: undefined; result: EngineStats };
  takeExpertTimes: { params: undefined; result: readonly ExpertTime[] };
  close: { params: undefined; result: undefined };
}

export type Method = keyof Methods;

export interface WireError {
  readonly code: string;
  readonly message: string;
  readonly data: ErrorData;
}

export type ToWorker =
  | {
      readonly type: "call";
      readonly id: number;
      readonly method: Method;
      readonly params: unknown;
      /** One word of shared memory, set to 1 when the caller aborts: seen even while the worker computes. */
      readonly abort: Int32Array;
    }
  | { readonly type: "abort"; readonly id: number }
  /** The caller has taken so many events: the worker may go on. */
  | { readonly type: "taken"; readonly id: number; readonly count: number }
  | {
      readonly type: "bytes";
      readonly id: number;
      readonly bytes: Uint8Array | undefined;
      readonly error: WireError | undefined;
    };

export type FromWorker =
  | { readonly type: "ready" }
  | { readonly type: "failed"; readonly error: WireError }
  /** What a step gave, each with the call that it is for: one message wakes the caller once. */
  | { readonly type: "events"; readonly events: readonly (readonly [id: number, event: GenerateEvent])[] }
  /** Of a generation's prompt, so many positions are in the cache; no event, because nobody waits for it to be taken. */
  | { readonly type: "prompt"; readonly id: number; readonly computed: number }
  | { readonly type: "result"; readonly id: number; readonly value: unknown }
  | { readonly type: "error"; readonly id: number; readonly error: WireError }
  | {
      readonly type: "read";
      readonly id: number;
      readonly source: number;
      readonly slot: string;
      readonly tensor: string;
      readonly range: readonly [byteOffset: number, byteLength: number] | undefined;
    }
  | { readonly type: "cancelRead"; readonly id: number }
  /** No state of this source is in use any more. */
  | { readonly type: "released"; readonly source: number };

/** Decisions of one row in one layer. */
export function routingOfRow(layer: number, routing: Routing, row: number): LayerRouting {
  const from = row * routing.perToken;
  const to = from + routing.perToken;
  return { layer, experts: [...routing.experts.subarray(from, to)], weights: [...routing.weights.subarray(from, to)] };
}
