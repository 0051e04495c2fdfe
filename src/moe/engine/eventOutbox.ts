/**
 * Events of generations on their way to the caller's thread. All that a step gives go as one message: each message costs
 * both threads more than the event in it. Invariant: events leave in the order in which they came, before the step's next
 * `await` is over.
 */
import type { GenerateEvent } from "./protocol.ts";

type Addressed = readonly [id: number, event: GenerateEvent];

export class EventOutbox {
  readonly #send: (events: readonly Addressed[]) => void;
  #waiting: Addressed[] = [];

  constructor(send: (events: readonly Addressed[]) => void) {
    this.#send = send;
  }

  add(id: number, event: GenerateEvent): void {
    if (this.#waiting.length === 0) queueMicrotask(() => this.flush());
    this.#waiting.push([id, event]);
  }

  /** Before anything else is said of a call. */
  flush(): void {
    if (this.#waiting.length === 0) return;
    const events = this.#waiting;
    this.#waiting = [];
    this.#send(events);
  }
}
