/** Which experts the positions of a prompt went through, summed up: positions before the last one give no token. */
import type { LayerTrace } from "./decoder.ts";

export interface ExpertTally {
  readonly layer: number;
  readonly expert: number;
  readonly tokens: number;
  /** Sum of its router weights. */
  readonly gateMass: number;
}

export class PromptTally {
  readonly #sums = new Map<number, Map<number, { tokens: number; gateMass: number }>>();

  /** Adds rows [first, first + count) of a step. */
  add(traces: readonly Pick<LayerTrace, "layer" | "routing">[], first: number, count: number): void {
    for (const { layer, routing } of count > 0 ? traces : []) {
      if (routing === undefined) continue;
      const { perToken, experts, weights } = routing;
      const ofLayer = this.#sums.get(layer) ?? new Map<number, { tokens: number; gateMass: number }>();
      this.#sums.set(layer, ofLayer);
      for (let i = first * perToken; i < (first + count) * perToken; i++) {
        const expert = experts[i] as number;
        const sum = ofLayer.get(expert) ?? { tokens: 0, gateMass: 0 };
        ofLayer.set(expert, sum);
        sum.tokens += 1;
        sum.gateMass += weights[i] as number;
      }
    }
  }

  list(): ExpertTally[] {
    return [...this.#sums].flatMap(([layer, ofLayer]) =>
      [...ofLayer].map(([expert, sum]) => ({ layer, expert, ...sum })),
    );
  }
}
