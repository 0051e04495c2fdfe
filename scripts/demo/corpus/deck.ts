/** Draws from a list so that everything comes equally often: a shuffled pile, shuffled anew when it is used up. */
import type { Random } from "../../support/random.ts";

export class Deck<T> {
  readonly #items: readonly T[];
  readonly #random: Random;
  #pile: T[] = [];

  constructor(items: readonly T[], random: Random) {
    if (items.length === 0) throw new Error("deck: expected at least one item, got none");
    this.#items = items;
    this.#random = random;
  }

  draw(): T {
    if (this.#pile.length === 0) this.#pile = this.#random.shuffle(this.#items);
    return this.#pile.pop() as T;
  }
}

/** One of `[item, weight]` pairs, by weight. Weights sum to 1. */
export function pickWeighted<T>(entries: readonly (readonly [item: T, weight: number])[], random: Random): T {
  let at = random.next();
  for (const [item, weight] of entries) {
    at -= weight;
    if (at < 0) return item;
  }
  return (entries[0] as readonly [T, number])[0];
}
