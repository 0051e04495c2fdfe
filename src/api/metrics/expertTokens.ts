/**
 * Tokens by expert, as a counter with bounded labels: the first experts seen get their own, the rest is "other". An answer
 * of a large model uses a thousand experts, so answers only add up numbers here; the counter learns of them when it is read.
 */
import { Counter, type Registry } from "prom-client";
import type { ExpertShare } from "../services/chat.ts";

const MAX_SERIES = 1024;

interface Series {
  readonly layer: string;
  readonly expert: string;
  /** Tokens that the counter does not know of yet. */
  tokens: number;
}

export class ExpertTokens {
  /** By slot. */
  readonly #series = new Map<string, Series>();
  readonly #others: Series = { layer: "other", expert: "other", tokens: 0 };

  constructor(registers: Registry[]) {
    const tell = (counter: Counter): void => this.#tell(counter);
    new Counter({
      name: "moe_expert_tokens_total",
      help: "Tokens of answers by the expert that computed them.",
      labelNames: ["layer", "expert"],
      registers,
      collect() {
        tell(this);
      },
    });
  }

  add(experts: readonly ExpertShare[]): void {
    for (const share of experts) this.#seriesOf(share).tokens += share.tokens;
  }

  #seriesOf({ slot, layer, expert }: ExpertShare): Series {
    const known = this.#series.get(slot);
    if (known !== undefined) return known;
    if (this.#series.size >= MAX_SERIES) return this.#others;
    const series = { layer: String(layer), expert: String(expert), tokens: 0 };
    this.#series.set(slot, series);
    return series;
  }

  #tell(counter: Counter): void {
    for (const series of [...this.#series.values(), this.#others]) {
      const { layer, expert, tokens } = series;
      if (tokens === 0) continue;
      counter.inc({ layer, expert }, tokens);
      series.tokens = 0;
    }
  }
}
