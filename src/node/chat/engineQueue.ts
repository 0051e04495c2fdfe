/**
 * One engine and those who wait for it. A request gets a place, which names the state that it will run on; places run in
 * the order in which they begin, as many at once as the engine computes together.
 *
 * Invariant: a request runs on the state that its place names. Another state is taken up only when every place given out
 * for the old one has had its first event (from then on the engine keeps the old state for it) or has ended; who asks for
 * a place meanwhile waits for the new state.
 */
import { AiBlockError } from "../../core/errors.ts";
import type { Engine } from "../../moe/engine/engine.ts";
import type { SlotSource } from "../../moe/slotSource.ts";
import type { ServedState } from "../model/servedState.ts";
import { WaitingLine } from "./waitingLine.ts";

export interface Place {
  readonly engine: Engine;
  readonly state: ServedState;
  /**
   * Waits for its turn. Throws the signal's reason, or `node_closing`.
   * @param onAhead told how many come before this one, as long as it waits
   */
  begin(signal: AbortSignal, onAhead?: (ahead: number) => void): Promise<void>;
  /** The engine has begun to answer: it keeps the state from now on. */
  pinned(): void;
  /** Gives the place back. May be called twice. */
  end(): void;
}

/** Places that nobody has begun by then are taken back: they would keep new states waiting. */
const UNUSED_PLACE_MS = 30_000;

export class EngineQueue {
  readonly engine: Engine;
  readonly #maxRunning: number;
  readonly #open = new Map<Place, Promise<void>>();
  readonly #line = new WaitingLine();
  #state: ServedState;
  #running = 0;
  #updating: Promise<void> | undefined;
  #closed = false;

  constructor(engine: Engine, state: ServedState, maxRunning: number) {
    this.engine = engine;
    this.#state = state;
    this.#maxRunning = maxRunning;
  }

  /** What the next place will run on, unless an update is under way. */
  get state(): ServedState {
    return this.#state;
  }

  get running(): number {
    return this.#running;
  }

  /** Places that are given out and do not run yet. */
  get waiting(): number {
    return this.#open.size - this.#running;
  }

  /** Throws `node_closing` and the signal's reason. */
  async reserve(signal?: AbortSignal): Promise<Place> {
    while (this.#updating !== undefined) {
      signal?.throwIfAborted();
      await this.#updating.catch(() => undefined);
    }
    signal?.throwIfAborted();
    if (this.#closed) throw closingError();
    return this.#newPlace();
  }

  /** Makes `state` the one for new places; on an error the old one stays. Throws what `Engine.update` throws. */
  async update(state: ServedState, source: SlotSource, signal?: AbortSignal): Promise<void> {
    while (this.#updating !== undefined) await this.#updating.catch(() => undefined);
    const updating = (async () => {
      await Promise.all(this.#open.values());
      await this.engine.update(source, signal);
      this.#state = state;
    })();
    this.#updating = updating;
    try {
      await updating;
    } finally {
      this.#updating = undefined;
    }
  }

  /** Refuses what waits and closes the engine, which ends what runs. May be called twice. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#line.refuse(closingError());
    await this.engine.close();
  }

  #newPlace(): Place {
    const pinned = Promise.withResolvers<void>();
    let phase: "reserved" | "running" | "over" = "reserved";
    const end = (): void => {
      if (phase === "over") return;
      clearTimeout(unused);
      const ran = phase === "running";
      phase = "over";
      this.#open.delete(place);
      pinned.resolve();
      if (ran) this.#leave();
    };
    const place: Place = {
      engine: this.engine,
      state: this.#state,
      begin: async (signal, onAhead) => {
        clearTimeout(unused);
        if (phase !== "reserved") throw expired();
        await this.#enter(signal, onAhead);
        if (phase !== "reserved") {
          this.#leave();
          throw expired();
        }
        phase = "running";
      },
      pinned: () => pinned.resolve(),
      end,
    };
    const unused = setTimeout(end, UNUSED_PLACE_MS);
    unused.unref();
    this.#open.set(place, pinned.promise);
    return place;
  }

  async #enter(signal: AbortSignal, onAhead: ((ahead: number) => void) | undefined): Promise<void> {
    signal.throwIfAborted();
    if (this.#closed) throw closingError();
    if (this.#running < this.#maxRunning) {
      this.#running += 1;
      return;
    }
    await this.#line.wait(signal, onAhead);
  }

  /** The next one takes over the turn. */
  #leave(): void {
    if (!this.#line.next()) this.#running -= 1;
  }
}

function expired(): AiBlockError {
  return new AiBlockError("request_expired", "the request was given up before its turn came");
}

export function closingError(): AiBlockError {
  return new AiBlockError("node_closing", "the node is shutting down");
}
