/** One generation in flight: its tokens, how far its cache is filled, and what its caller asked for. */
import type { Sampler } from "../sampling/sampler.ts";
import { PromptTally } from "./promptTally.ts";
import type { DoneEvent, GenerateEvent, GenerateParams, PromptWork } from "./protocol.ts";
import type { StateHandle } from "./states.ts";

/** Events that may wait for their caller before the generation pauses. */
export const EVENTS_AHEAD = 32;

export interface Request {
  readonly params: GenerateParams;
  readonly signal: AbortSignal;
  /** Events emitted and not yet taken by the caller. */
  ahead: number;
  emit(event: GenerateEvent): void;
  /** Of the prompt, so many positions are in the cache, and some are not yet. */
  promptComputed(computed: number): void;
  finish(): void;
  fail(error: unknown): void;
}

export class Sequence {
  /** Number of its caches in the crew. */
  readonly number: number;
  readonly request: Request;
  readonly state: StateHandle;
  readonly sampler: Sampler;
  readonly tokens: number[];
  readonly promptTokens: number;
  /** Positions that it may come to fill, reserved in the budget. */
  readonly maxPositions: number;
  readonly reusedTokens: number;
  /** Positions in the cache. */
  computed: number;
  /** Whether LongRoPE's long factors are in the cache. */
  longFactors: boolean;
  over = false;
  /** Only if `routing` was asked for. */
  readonly tally: PromptTally | undefined;
  readonly #startedAt: number;
  readonly #queuedMs: number;
  #firstTokenAt: number | undefined;
  #lastTokenAt = 0;

  constructor(
    number: number,
    request: Request,
    state: StateHandle,
    sampler: Sampler,
    start: {
      readonly computed: number;
      readonly longFactors: boolean;
      readonly maxPositions: number;
      readonly askedAt: number;
    },
  ) {
    this.number = number;
    this.request = request;
    this.state = state;
    this.sampler = sampler;
    this.tokens = [...request.params.ids];
    this.tally = request.params.routing ? new PromptTally() : undefined;
    this.promptTokens = this.tokens.length;
    this.computed = start.computed;
    this.reusedTokens = start.computed;
    this.longFactors = start.longFactors;
    this.maxPositions = start.maxPositions;
    this.#startedAt = start.askedAt;
    this.#queuedMs = performance.now() - start.askedAt;
  }

  /** Tokens whose positions are not in the cache yet. */
  get pending(): number {
    return this.tokens.length - this.computed;
  }

  get generated(): number {
    return this.tokens.length - this.promptTokens;
  }

  get paused(): boolean {
    return this.request.ahead >= EVENTS_AHEAD;
  }

  accept(id: number): void {
    this.sampler.accept(id);
    this.tokens.push(id);
    const now = performance.now();
    this.#firstTokenAt ??= now;
    this.#lastTokenAt = now;
  }

  /** What the first token's event says of the prompt. */
  promptWork(): PromptWork | undefined {
    return this.tally && { reusedTokens: this.reusedTokens, experts: this.tally.list() };
  }

  doneEvent(reason: DoneEvent["reason"], stopId: number | undefined, cache: DoneEvent["cache"]): DoneEvent {
    const first = this.#firstTokenAt ?? performance.now();
    return {
      type: "done",
      reason,
      stopId,
      promptTokens: this.promptTokens,
      reusedTokens: this.reusedTokens,
      generatedTokens: this.generated,
      firstTokenMs: first - this.#startedAt,
      queueMs: this.#queuedMs,
      decodeMs: Math.max(0, this.#lastTokenAt - first),
      cache,
    };
  }
}
