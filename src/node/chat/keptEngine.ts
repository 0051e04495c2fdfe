/**
 * The usual engine of a model, kept running: when its thread ends unasked, another one is started on the same state, at
 * first at once, then after ever longer waits. What ran on the old one has failed with `engine_failed`; until the new one
 * is there nothing begins.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type AiBlockError, errorMessage } from "../../core/errors.ts";
import type { Logger } from "../../core/logger.ts";
import type { ServedState } from "../model/servedState.ts";
import type { EngineQueue } from "./engineQueue.ts";

const FIRST_WAIT_MS = 250;
const MAX_WAIT_MS = 30_000;
/** An engine that has run so long is not blamed for the failures before. */
const STABLE_MS = 60_000;

export interface KeptEngineOptions {
  readonly make: (state: ServedState, signal: AbortSignal) => Promise<EngineQueue>;
  readonly log: Logger;
  /** It runs again; heads may have changed meanwhile. */
  readonly onRestarted: () => void;
}

export class KeptEngine {
  readonly #options: KeptEngineOptions;
  readonly #abort = new AbortController();
  #queue: EngineQueue;
  #startedMs = performance.now();
  #waits = 0;
  #failure: AiBlockError | undefined;
  #restarts = 0;
  #restarting: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(queue: EngineQueue, options: KeptEngineOptions) {
    this.#options = options;
    this.#queue = queue;
    this.#watch(queue);
  }

  /** While the engine is down, the queue of the one that failed: its state and options are those of the next one. */
  get queue(): EngineQueue {
    return this.#queue;
  }

  /** Why the engine is down; `undefined` while it runs. */
  get failure(): AiBlockError | undefined {
    return this.#failure;
  }

  /** How often it was tried to start it again. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Ends what runs. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      this.#abort.abort();
      await this.#restarting;
      await this.#queue.close();
    })();
    return this.#closing;
  }

  #watch({ engine }: EngineQueue): void {
    void engine.failed.then((error) => {
      if (this.#closing === undefined) this.#restarting = this.#restart(error);
    });
  }

  async #restart(error: AiBlockError): Promise<void> {
    const { log, make, onRestarted } = this.#options;
    const { signal } = this.#abort;
    this.#failure = error;
    log.error({ err: error }, `the engine failed and is started again: ${error.message}`);
    if (performance.now() - this.#startedMs > STABLE_MS) this.#waits = 0;
    // Its memory is needed for the next one.
    await this.#queue.engine.close();
    for (;;) {
      try {
        if (this.#waits > 0) await sleep(waitMs(this.#waits), undefined, { signal });
        this.#waits += 1;
        this.#restarts += 1;
        this.#queue = await make(this.#queue.state, signal);
        break;
      } catch (cause) {
        if (signal.aborted) return;
        log.error({ err: cause, restarts: this.#restarts }, `the engine does not start: ${errorMessage(cause)}`);
      }
    }
    this.#startedMs = performance.now();
    this.#failure = undefined;
    this.#watch(this.#queue);
    log.info({ restarts: this.#restarts }, "the engine runs again");
    onRestarted();
  }
}

function waitMs(waits: number): number {
  return Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** (waits - 1));
}
