/**
 * What can compute on this machine, for `/health`. Trying the others than the processor takes a moment, so it is done
 * beside everything else; until then only what is certain is named.
 */
import { workingExecutionProviders } from "../moe/engine/executionProviders.ts";

export class WorkingProviders {
  readonly #abort = new AbortController();
  #names: readonly string[] = ["cpu"];
  #trying: Promise<void> | undefined;

  get names(): readonly string[] {
    return this.#names;
  }

  /** Resolves when all have been tried. */
  start(): Promise<void> {
    this.#trying ??= (async () => {
      const found = await workingExecutionProviders(this.#abort.signal);
      if (!this.#abort.signal.aborted) this.#names = found;
    })();
    return this.#trying;
  }

  /** Ends a try that is under way. May be called twice. */
  async close(): Promise<void> {
    this.#abort.abort();
    await this.#trying;
  }
}
