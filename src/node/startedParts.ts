/**
 * What a node has started. It is closed in reverse order, one part after the other; each has a name, so that one that
 * hangs or fails can be named. A part that cannot be closed keeps no other from being closed.
 */
import { errorMessage } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";

export interface StartedPart {
  /** Gives what runs `drainMs` to finish. */
  close(drainMs: number): Promise<unknown>;
}

export class StartedParts {
  readonly #parts: (StartedPart & { readonly name: string })[] = [];
  readonly #log: Logger;
  readonly #onClosing: ((name: string) => void) | undefined;
  #closing: Promise<void> | undefined;

  /** @param onClosing told of each part before it is closed */
  constructor(log: Logger, onClosing?: (name: string) => void) {
    this.#log = log;
    this.#onClosing = onClosing;
  }

  get isClosing(): boolean {
    return this.#closing !== undefined;
  }

  /** Closed before all that were added until now. */
  add(name: string, part: StartedPart): void {
    this.#parts.push({ name, close: (drainMs) => part.close(drainMs) });
  }

  /** Closed after all others, those included that are added later. */
  addLast(name: string, part: StartedPart): void {
    this.#parts.unshift({ name, close: (drainMs) => part.close(drainMs) });
  }

  /** Throws the first error of a part, when all have been tried; the others are in the log. May be called twice. */
  close(drainMs: number): Promise<void> {
    this.#closing ??= this.#close(drainMs);
    return this.#closing;
  }

  async #close(drainMs: number): Promise<void> {
    const errors: unknown[] = [];
    for (let part = this.#parts.pop(); part !== undefined; part = this.#parts.pop()) {
      const { name } = part;
      this.#onClosing?.(name);
      try {
        await part.close(drainMs);
      } catch (error) {
        errors.push(error);
        this.#log.error({ err: error, part: name }, `${name} could not be closed: ${errorMessage(error)}`);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
