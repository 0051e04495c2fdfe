/**
 * Passes the events of a generator on and shows each to a watcher, who never throws. By hand and not as another
 * generator: every generator on the way costs an event several turns of the microtask queue, this costs it one.
 */

export interface Watcher<T> {
  /** The first event was asked for. */
  begin?(): void;
  event?(event: T): void;
  failed?(error: unknown): void;
  /** After the last event, after an error, or after the reader left; once, and only after `begin`. */
  end(): void;
}

/** Returns what behaves as `source`; who reads it leaves `source` alone. */
export function watchEvents<T>(
  source: AsyncGenerator<T, void, undefined>,
  watcher: Watcher<T>,
): AsyncGenerator<T, void, undefined> {
  return new WatchedEvents(source, watcher);
}

class WatchedEvents<T> implements AsyncGenerator<T, void, undefined> {
  readonly #source: AsyncGenerator<T, void, undefined>;
  readonly #watcher: Watcher<T>;
  #phase: "new" | "begun" | "over" = "new";

  constructor(source: AsyncGenerator<T, void, undefined>, watcher: Watcher<T>) {
    this.#source = source;
    this.#watcher = watcher;
  }

  next(): Promise<IteratorResult<T, void>> {
    if (this.#phase === "new") {
      this.#phase = "begun";
      this.#watcher.begin?.();
    }
    return this.#source.next().then(this.#seen, this.#failed);
  }

  return(): Promise<IteratorResult<T, void>> {
    return this.#source.return(undefined).then(this.#seen, this.#failed);
  }

  throw(error: unknown): Promise<IteratorResult<T, void>> {
    return this.#source.throw(error).then(this.#seen, this.#failed);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  readonly #seen = (result: IteratorResult<T, void>): IteratorResult<T, void> => {
    if (result.done === true) this.#end();
    else this.#watcher.event?.(result.value);
    return result;
  };

  readonly #failed = (error: unknown): never => {
    if (this.#phase === "begun") this.#watcher.failed?.(error);
    this.#end();
    throw error;
  };

  #end(): void {
    if (this.#phase === "begun") this.#watcher.end();
    this.#phase = "over";
  }
}
