/** Who waits for a turn, in order; each one may hear how many come before it. */

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  readonly onAhead: ((ahead: number) => void) | undefined;
}

export class WaitingLine {
  readonly #waiting: Waiting[] = [];

  /**
   * Waits at the end of the line. Throws the signal's reason, or what `refuse` was given.
   * @param onAhead told at once and after every change how many come before this one
   */
  async wait(signal: AbortSignal, onAhead?: (ahead: number) => void): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting: Waiting = { resolve, reject, onAhead };
    const leave = (): void => {
      const place = this.#waiting.indexOf(waiting);
      // Its turn came in the same moment.
      if (place === -1) return;
      this.#waiting.splice(place, 1);
      reject(signal.reason);
      this.#tell();
    };
    signal.addEventListener("abort", leave, { once: true });
    onAhead?.(this.#waiting.length);
    this.#waiting.push(waiting);
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }

  /** Gives the first one its turn; `false` when nobody waits. */
  next(): boolean {
    const next = this.#waiting.shift();
    next?.resolve();
    this.#tell();
    return next !== undefined;
  }

  /** Ends the waiting of all with `error`. */
  refuse(error: unknown): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  #tell(): void {
    for (const [ahead, { onAhead }] of this.#waiting.entries()) onAhead?.(ahead);
  }
}
