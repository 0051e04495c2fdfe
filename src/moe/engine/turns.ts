/** One after another: the computing threads run one step at a time, and whoever wants one waits in line. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `task` when all earlier ones are over. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(task, task);
    this.#last = mine.catch(() => {});
    return mine;
  }

  /** Returns when everything that is waiting now is over. */
  async idle(): Promise<void> {
    await this.#last;
  }
}

/** Lets the worker take messages (aborts, new requests) between two steps. */
export function yieldToMessages(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
