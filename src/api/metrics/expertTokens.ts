/** Tokens by expert, as a counter with bounded labels: the first experts seen get their own, the rest is "other". */
import type { Counter } from "prom-client";
import type { ExpertShare } from "../services/chat.ts";

const MAX_SERIES = 1024;

export class ExpertTokens {
  readonly #counter: Counter;
  readonly #seen = new Set<string>();

  constructor(counter: Counter) {
    this.#counter = counter;
  }

  add(experts: readonly ExpertShare[]): void {
    for (const { slot, layer, expert, tokens } of experts) {
      if (!this.#seen.has(slot) && this.#seen.size < MAX_SERIES) this.#seen.add(slot);
      const known = this.#seen.has(slot);
      this.#counter.inc({ layer: known ? String(layer) : "other", expert: known ? String(expert) : "other" }, tokens);
    }
  }
}
