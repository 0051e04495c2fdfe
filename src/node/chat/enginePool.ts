/**
 * The engines of one model: the usual one, and a few others for requests that want all experts loaded or another number
 * of experts per token. The others are made when they are first asked for, and closed when nobody has used them for a
 * while, or when they fail; the usual one is started again. All of them run on the same state.
 */
import { AiBlockError } from "../../core/errors.ts";
import type { Logger } from "../../core/logger.ts";
import { createEngine, type EngineOptions } from "../../moe/engine/engine.ts";
import type { PayloadTensors } from "../model/payloadTensors.ts";
import { type ServedState, stateSource } from "../model/servedState.ts";
import { closingError, EngineQueue, type Place } from "./engineQueue.ts";
import { KeptEngine } from "./keptEngine.ts";

export interface Variant {
  readonly useMoe: boolean;
  /** Experts per token. */
  readonly topK: number;
}

export interface PoolOptions {
  readonly tensors: PayloadTensors;
  /** Of the usual engine; the others differ in the variant only. */
  readonly engine: Omit<EngineOptions, "source">;
  /** Other engines at a time; default 2. */
  readonly maxOthers?: number;
  /** Default 60 s. */
  readonly idleMs?: number;
  readonly log: Logger;
  /** The usual engine had failed and runs again. */
  readonly onRestarted: () => void;
}

interface Other {
  readonly queue: EngineQueue;
  lastUsedMs: number;
}

const DEFAULT_IDLE_MS = 60_000;
const RETRY_AFTER_MS = 2000;

export class EnginePool {
  readonly #main: KeptEngine;
  readonly #options: PoolOptions;
  readonly #others = new Map<string, Other>();
  readonly #timer: NodeJS.Timeout;
  /** Ends engines that are being loaded. */
  readonly #abort = new AbortController();
  /** Engines come, go and change their state one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  /** One of the others is being made. */
  #loading = false;
  /** Told of that: who waits for a place on one of the others. */
  readonly #waiting = new Set<() => void>();
  #closing: Promise<void> | undefined;

  private constructor(main: EngineQueue, options: PoolOptions) {
    const { log, onRestarted } = options;
    this.#main = new KeptEngine(main, {
      make: (state, signal) => newQueue(state, options, signal),
      log,
      onRestarted,
    });
    this.#options = options;
    const idleMs = options.idleMs ?? DEFAULT_IDLE_MS;
    this.#timer = setInterval(() => void this.#closeIdle(idleMs).catch(() => undefined), idleMs / 4);
    this.#timer.unref();
  }

  /** Throws what `createEngine` throws. `signal` ends the loading. */
  static async open(state: ServedState, options: PoolOptions, signal: AbortSignal): Promise<EnginePool> {
    return new EnginePool(await newQueue(state, options, signal), options);
  }

  /** The queue of the usual engine. */
  get main(): EngineQueue {
    return this.#main.queue;
  }

  /** Why the usual engine is down and being started again; `undefined` while it runs. */
  get failure(): AiBlockError | undefined {
    return this.#main.failure;
  }

  /** How often it was tried to start the usual engine again. */
  get restarts(): number {
    return this.#main.restarts;
  }

  /** The engines that are there now. */
  get queues(): readonly EngineQueue[] {
    return [this.main, ...[...this.#others.values()].map(({ queue }) => queue)];
  }

  /**
   * Throws `engine_failed` while the usual engine is down, `overloaded` when too many kinds of engines are in use, and as
   * `EngineQueue.reserve` and `createEngine`.
   * @param onLoading told when the request has to wait until an engine is loaded
   */
  async reserve(variant: Variant, signal?: AbortSignal, onLoading?: () => void): Promise<Place> {
    if (this.failure !== undefined) throw restarting(this.failure);
    const { useMoe, topK } = this.main.engine.options;
    if (variant.useMoe === useMoe && variant.topK === topK) return this.main.reserve(signal);
    const told = (): void => onLoading?.();
    this.#waiting.add(told);
    if (this.#loading) told();
    // In one turn, so that the engine is not closed before the place is taken.
    const place = this.#inTurn(async () => {
      if (this.#closing !== undefined) throw closingError();
      const other = await this.#other(variant);
      other.lastUsedMs = performance.now();
      return other.queue.reserve(signal);
    });
    return place.finally(() => this.#waiting.delete(told));
  }

  /** Makes `state` the one for new requests; on an error of the usual engine the old one stays everywhere. */
  update(state: ServedState, signal?: AbortSignal): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#closing !== undefined) throw closingError();
      await this.main.update(state, stateSource(state, this.#options.tensors), signal);
      for (const [key, { queue }] of this.#others) {
        // One that cannot follow is made anew when it is next asked for.
        await queue.update(state, stateSource(state, this.#options.tensors), signal).catch(() => {
          this.#others.delete(key);
          return queue.close();
        });
      }
    });
  }

  /** Closes all engines; what runs on them ends. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      clearInterval(this.#timer);
      this.#abort.abort(closingError());
      await this.#main.close();
      await this.#inTurn(async () => {
        for (const { queue } of this.#others.values()) await queue.close();
        this.#others.clear();
      });
    })();
    return this.#closing;
  }

  async #other(variant: Variant): Promise<Other> {
    const key = `${variant.useMoe} ${variant.topK}`;
    const known = this.#others.get(key);
    if (known !== undefined) return known;
    await this.#makeRoom();
    const engine = { ...this.#options.engine, useMoe: variant.useMoe, topK: variant.topK };
    this.#loading = true;
    for (const told of this.#waiting) told();
    const queue = await newQueue(this.main.state, { ...this.#options, engine }, this.#abort.signal).finally(() => {
      this.#loading = false;
    });
    const other = { queue, lastUsedMs: performance.now() };
    this.#others.set(key, other);
    void queue.engine.failed.then((error) => {
      if (this.#others.get(key) !== other) return;
      this.#others.delete(key);
      this.#options.log.error({ err: error, variant }, `an engine failed: ${error.message}`);
    });
    return other;
  }

  async #makeRoom(): Promise<void> {
    if (this.#others.size < (this.#options.maxOthers ?? 2)) return;
    const idle = [...this.#others].filter(([, { queue }]) => isIdle(queue));
    const [oldest] = idle.sort(([, a], [, b]) => a.lastUsedMs - b.lastUsedMs);
    if (oldest === undefined) {
      throw new AiBlockError(
        "overloaded",
        "the engines for other settings of use_moe and top_k_experts are all in use; try again soon",
        { retryAfterMs: 2000 },
      );
    }
    this.#others.delete(oldest[0]);
    await oldest[1].queue.close();
  }

  #closeIdle(idleMs: number): Promise<void> {
    return this.#inTurn(async () => {
      for (const [key, { queue, lastUsedMs }] of this.#others) {
        if (!isIdle(queue) || performance.now() - lastUsedMs < idleMs) continue;
        this.#others.delete(key);
        await queue.close();
      }
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}

function isIdle(queue: EngineQueue): boolean {
  return queue.running === 0 && queue.waiting === 0;
}

/** As the client gets it: the failure itself is in the log. */
function restarting(cause: AiBlockError): AiBlockError {
  return new AiBlockError(
    "engine_failed",
    "the engine has failed and is being started again; ask again in a moment",
    { retryAfterMs: RETRY_AFTER_MS },
    { cause },
  );
}

async function newQueue(
  state: ServedState,
  { tensors, engine: options }: PoolOptions,
  signal: AbortSignal,
): Promise<EngineQueue> {
  const source = stateSource(state, tensors);
  const engine = await createEngine({ ...options, source }, (released) => void released.close(), signal);
  return new EngineQueue(engine, state, engine.options.maxSequences);
}
