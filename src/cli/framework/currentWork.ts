/** What a command is busy with, and since when: to be said when it does not come to its end. */
import { formatDuration } from "./format.ts";

export class CurrentWork {
  #name: string;
  #sinceMs = performance.now();

  constructor(name: string) {
    this.#name = name;
  }

  /** The same work again changes nothing. */
  begin(name: string): void {
    if (name === this.#name) return;
    this.#name = name;
    this.#sinceMs = performance.now();
  }

  /** `closing the model, for 14.2 s`. */
  get description(): string {
    return `${this.#name}, for ${formatDuration(performance.now() - this.#sinceMs)}`;
  }
}
