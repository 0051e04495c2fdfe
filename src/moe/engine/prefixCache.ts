/**
 * Caches of finished generations, kept for the next turn of the same conversation: it need not compute its history
 * again. One per session key, so that nobody finds out from timings what somebody else has asked.
 */
import type { StateHandle } from "./states.ts";

export interface RetainedPrefix {
  readonly sequence: number;
  /** The tokens whose positions are in the cache. */
  readonly tokens: readonly number[];
  readonly state: StateHandle;
  readonly longFactors: boolean;
  /** Positions reserved in the budget for it. */
  readonly positions: number;
}

/** Most sessions whose caches are kept, whatever the budget. */
const MAX_SESSIONS = 256;

export class PrefixCache {
  readonly #drop: (prefix: RetainedPrefix) => void;
  /** The least recently kept first. */
  readonly #bySession = new Map<string, RetainedPrefix>();

  constructor(drop: (prefix: RetainedPrefix) => void) {
    this.#drop = drop;
  }

  get size(): number {
    return this.#bySession.size;
  }

  keep(session: string, prefix: RetainedPrefix): void {
    this.#remove(session);
    if (this.#bySession.size >= MAX_SESSIONS) this.dropOldest();
    this.#bySession.set(session, prefix);
  }

  /** Takes out what is kept for a session: it belongs to the caller then. */
  take(session: string): RetainedPrefix | undefined {
    const prefix = this.#bySession.get(session);
    this.#bySession.delete(session);
    return prefix;
  }

  /** Makes room; `false` when nothing is kept. */
  dropOldest(): boolean {
    const [session] = this.#bySession.keys();
    if (session === undefined) return false;
    this.#remove(session);
    return true;
  }

  /** Drops all that was computed on other states of the model. */
  dropOthers(state: number | undefined): void {
    for (const [session, prefix] of [...this.#bySession]) if (prefix.state.number !== state) this.#remove(session);
  }

  clear(): void {
    while (this.dropOldest());
  }

  #remove(session: string): void {
    const prefix = this.#bySession.get(session);
    if (prefix === undefined) return;
    this.#bySession.delete(session);
    this.#drop(prefix);
  }
}

/** Number of leading tokens that two lists share. */
export function commonPrefix(a: readonly number[], b: readonly number[]): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}
