/** The answers that are being generated: counted, limited, and ended together when the server closes. */
import { apiError } from "../errors/apiError.ts";
import { LIMITS } from "../limits.ts";

export interface RunningAnswer {
  readonly caller: string;
  abort(reason: Error): void;
}

export class RunningAnswers {
  readonly #running = new Set<RunningAnswer>();
  readonly #perCaller = new Map<string, number>();
  #closing = false;
  #wake: (() => void) | undefined;

  get size(): number {
    return this.#running.size;
  }

  get closing(): boolean {
    return this.#closing;
  }

  /** Throws `node_closing`, `overloaded`, `too_many_streams`. */
  begin(answer: RunningAnswer, maxPerCaller: number | undefined): void {
    if (this.#closing) throw apiError("node_closing", "the node is shutting down");
    if (this.#running.size >= LIMITS.streams) {
      throw apiError("overloaded", `all ${LIMITS.streams} places for answers are taken`, { retryAfterMs: 2000 });
    }
    const own = this.#perCaller.get(answer.caller) ?? 0;
    if (maxPerCaller !== undefined && own >= maxPerCaller) {
      const message = `expected at most ${maxPerCaller} answers at a time, got one more`;
      throw apiError("too_many_streams", message, { limit: maxPerCaller, retryAfterMs: 1000 });
    }
    this.#running.add(answer);
    this.#perCaller.set(answer.caller, own + 1);
  }

  /** May be called twice. */
  end(answer: RunningAnswer): void {
    if (!this.#running.delete(answer)) return;
    const left = this.#perCaller.get(answer.caller)! - 1;
    if (left === 0) this.#perCaller.delete(answer.caller);
    else this.#perCaller.set(answer.caller, left);
    if (this.#running.size === 0) this.#wake?.();
  }

  /** No new ones; running ones get `graceMs` to finish, then an error. Resolves when the last one is over. */
  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    await this.#empty(graceMs);
    for (const answer of this.#running) answer.abort(apiError("node_closing", "the node is shutting down"));
    await this.#empty(LIMITS.flushMs);
  }

  #empty(withinMs: number): Promise<void> {
    if (this.#running.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
