/**
 * Who may run: requests wait in order until there is a place and memory for their keys and values, and give both back
 * when they end. What a conversation has computed is kept for its next turn as long as nobody needs the memory.
 */
import { AiBlockError } from "../../core/errors.ts";
import type { ModelSpec } from "../model/spec.ts";
import { createSampler } from "../sampling/sampler.ts";
import { createSharedScratch } from "../sampling/scratch.ts";
import type { Crew } from "./crew.ts";
import type { KvBudget } from "./kvBudget.ts";
import type { ResolvedOptions } from "./options.ts";
import { commonPrefix, PrefixCache, type RetainedPrefix } from "./prefixCache.ts";
import { type Request, Sequence } from "./sequence.ts";
import type { States } from "./states.ts";
import { checkIds } from "./steps.ts";

export interface AdmissionOptions {
  readonly spec: ModelSpec;
  readonly options: ResolvedOptions;
  readonly crew: Crew;
  readonly states: States;
  readonly kvBudget: KvBudget;
  readonly newSequenceNumber: () => number;
}

/** Requests that may wait for their turn. */
const MAX_WAITING = 1024;

interface Waiting {
  readonly request: Request;
  readonly askedAt: number;
}

export class Admission {
  readonly #with: AdmissionOptions;
  readonly #waiting: Waiting[] = [];
  readonly #prefixes: PrefixCache;
  readonly #scratch = createSharedScratch();
  #closed = false;

  constructor(options: AdmissionOptions) {
    this.#with = options;
    this.#prefixes = new PrefixCache((prefix) => {
      options.kvBudget.release(prefix.positions);
      this.#forget(prefix);
    });
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get retained(): number {
    return this.#prefixes.size;
  }

  /** Throws `engine_busy`, `engine_closed`, and what is wrong with the request. */
  ask(request: Request): void {
    if (this.#closed) throw new AiBlockError("engine_closed", "the engine is closed");
    if (this.#waiting.length >= MAX_WAITING) {
      throw new AiBlockError("engine_busy", `${MAX_WAITING} generations are waiting already`, { waiting: MAX_WAITING });
    }
    this.#check(request);
    this.#waiting.push({ request, askedAt: performance.now() });
  }

  /** Takes out the next request if there is memory for it; kept caches of conversations make room. */
  next(): Sequence | undefined {
    const { kvBudget } = this.#with;
    const [next] = this.#waiting;
    if (next === undefined) return undefined;
    const { sessionKey } = next.request.params;
    const kept = sessionKey === undefined ? undefined : this.#prefixes.take(sessionKey);
    if (kept !== undefined) kvBudget.release(kept.positions);
    const positions = this.#positions(next.request.params);
    while (!kvBudget.reserve(positions)) {
      if (this.#prefixes.dropOldest()) continue;
      if (kept !== undefined) this.#forget(kept);
      return undefined;
    }
    this.#waiting.shift();
    return this.#start(next, positions, kept);
  }

  /** Fails the waiting requests whose callers have gone. */
  dropAborted(): void {
    for (const waiting of this.#waiting.filter(({ request }) => request.signal.aborted)) {
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
      waiting.request.fail(waiting.request.signal.reason);
    }
  }

  /** Releases what a sequence held, or keeps its cache for the next turn of its conversation. */
  release(sequence: Sequence): void {
    const { crew, kvBudget, states } = this.#with;
    kvBudget.release(sequence.maxPositions);
    const { sessionKey } = sequence.request.params;
    const tokens = sequence.tokens.slice(0, sequence.computed);
    const positions = tokens.length;
    const current = sequence.state.number === states.currentNumber;
    if (sessionKey === undefined || positions === 0 || !current || this.#closed || !kvBudget.reserve(positions)) {
      crew.truncate(sequence.number, 0);
      sequence.state.release();
      return;
    }
    const { state, longFactors } = sequence;
    this.#prefixes.keep(sessionKey, { sequence: sequence.number, tokens, state, longFactors, positions });
  }

  /** Forgets caches of conversations on other states of the model. */
  dropOtherStates(): void {
    this.#prefixes.dropOthers(this.#with.states.currentNumber);
  }

  /** Fails what is waiting and drops what is kept. */
  close(error: AiBlockError): void {
    this.#closed = true;
    for (const { request } of this.#waiting.splice(0)) request.fail(error);
    this.#prefixes.clear();
  }

  #check({ params }: Request): void {
    const { spec } = this.#with;
    const { ids, maxTokens } = params;
    if (ids.length === 0) throw new AiBlockError("bad_prompt", "ids: expected at least one token, got none");
    if (!Number.isSafeInteger(maxTokens) || maxTokens < 0) {
      throw new AiBlockError("bad_max_tokens", `maxTokens: expected a non-negative integer, got ${maxTokens}`);
    }
    checkIds(ids, spec.vocabSize);
    if (ids.length > spec.maxPositions) {
      const expected = `at most the model's ${spec.maxPositions} positions`;
      throw new AiBlockError("context_too_long", `ids: expected ${expected}, got ${ids.length}`, {
        maxPositions: spec.maxPositions,
        tokens: ids.length,
      });
    }
    createSampler(params.sampling);
    this.#with.kvBudget.check(this.#positions(params));
  }

  /** Positions that a generation may come to fill. */
  #positions({ ids, maxTokens }: Request["params"]): number {
    return Math.min(ids.length + maxTokens, this.#with.spec.maxPositions);
  }

  #start({ request, askedAt }: Waiting, maxPositions: number, kept: RetainedPrefix | undefined): Sequence {
    const { params } = request;
    const sampler = createSampler(params.sampling, this.#scratch);
    sampler.acceptPrompt(params.ids);
    const state = this.#with.states.pin();
    // The last token is always computed: its logits are what comes next. A trace wants every position.
    const shared = kept === undefined ? 0 : Math.min(commonPrefix(kept.tokens, params.ids), params.ids.length - 1);
    if (kept === undefined || kept.state.number !== state.number || shared === 0 || params.trace) {
      if (kept !== undefined) this.#forget(kept);
      const start = { computed: 0, longFactors: false, maxPositions, askedAt };
      return new Sequence(this.#with.newSequenceNumber(), request, state, sampler, start);
    }
    this.#with.crew.truncate(kept.sequence, shared);
    kept.state.release();
    const start = { computed: shared, longFactors: kept.longFactors, maxPositions, askedAt };
    return new Sequence(kept.sequence, request, state, sampler, start);
  }

  #forget(prefix: RetainedPrefix): void {
    this.#with.crew.truncate(prefix.sequence, 0);
    prefix.state.release();
  }
}
