/**
 * What a micro-batch amounts to over all threads: the sum of losses and how its positions use the experts. Every thread
 * writes its share, waits for the others, and adds all shares up in the same order, so all read the same numbers.
 *
 * Two sets of words take turns: one can be written while a slow thread still reads the other.
 */
import type { ModelSpec } from "../../model/spec.ts";
import { balanceLoss, type RouterUse } from "../routing/loadBalance.ts";
import { tallyWords } from "./memory.ts";

export interface Tally {
  readonly lossSum: number;
  /** By layer; zeros in layers without experts. */
  readonly uses: readonly RouterUse[];
}

export class TallyBoard {
  readonly #words: Float64Array;
  readonly #spec: ModelSpec;
  readonly #threads: number;

  constructor(words: Float64Array, spec: ModelSpec, threads: number) {
    this.#words = words;
    this.#spec = spec;
    this.#threads = threads;
  }

  /** @param uses by layer; `undefined` where there are no experts or nothing was routed */
  write(round: number, thread: number, lossSum: number, uses: readonly (RouterUse | undefined)[]): void {
    const words = this.#share(round, thread).fill(0);
    words[0] = lossSum;
    const { count } = this.#spec.experts;
    for (const [layer, use] of uses.entries()) {
      if (use === undefined) continue;
      words.set(use.counts, 1 + 2 * layer * count);
      words.set(use.probabilities, 1 + (2 * layer + 1) * count);
    }
  }

  read(round: number): Tally {
    const total = new Float64Array(tallyWords(this.#spec));
    for (let thread = 0; thread < this.#threads; thread++) {
      for (const [i, word] of this.#share(round, thread).entries()) total[i]! += word;
    }
    const { count } = this.#spec.experts;
    const uses = this.#spec.layers.map((_, layer): RouterUse => {
      const at = 1 + 2 * layer * count;
      return { counts: total.subarray(at, at + count), probabilities: total.subarray(at + count, at + 2 * count) };
    });
    return { lossSum: total[0] as number, uses };
  }

  #share(round: number, thread: number): Float64Array {
    const words = tallyWords(this.#spec);
    const at = ((round % 2) * this.#threads + thread) * words;
    return this.#words.subarray(at, at + words);
  }
}

/** The mean of the balance losses of all layers with experts. */
export function meanBalanceLoss(spec: ModelSpec, uses: readonly RouterUse[], rows: number): number {
  const losses = spec.layers.map(({ feedForward }, layer) =>
    feedForward === "experts" ? balanceLoss(uses[layer] as RouterUse, rows) : undefined,
  );
  const sparse = losses.filter((loss) => loss !== undefined);
  return sparse.reduce((sum, loss) => sum + loss, 0) / Math.max(sparse.length, 1);
}
