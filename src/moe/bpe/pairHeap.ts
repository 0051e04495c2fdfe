/**
 * Pairs by how often they occur: highest count first, then the pair of lower ids.
 *
 * A binary heap in two plain arrays. Entries go stale when a count changes; the caller compares with the true count
 * when it takes one out. A pair is one number, left * 2^20 + right: below 2^40, exact in a double.
 */

/** Ids are below 2^20. */
const RIGHT_RANGE = 2 ** 20;

export function pairKey(left: number, right: number): number {
  return left * RIGHT_RANGE + right;
}

export function pairOf(key: number): readonly [left: number, right: number] {
  return [Math.floor(key / RIGHT_RANGE), key % RIGHT_RANGE];
}

export class PairHeap {
  readonly #counts: number[] = [];
  readonly #keys: number[] = [];

  push(key: number, count: number): void {
    this.#counts.push(count);
    this.#keys.push(key);
    let at = this.#keys.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#before(at, parent)) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  /** The best entry, or `undefined` when there is none. */
  pop(): { readonly key: number; readonly count: number } | undefined {
    const key = this.#keys[0];
    const count = this.#counts[0];
    if (key === undefined || count === undefined) return undefined;
    const lastKey = this.#keys.pop() as number;
    const lastCount = this.#counts.pop() as number;
    if (this.#keys.length > 0) {
      this.#keys[0] = lastKey;
      this.#counts[0] = lastCount;
      this.#sink();
    }
    return { key, count };
  }

  #sink(): void {
    const length = this.#keys.length;
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      if (left >= length) return;
      const right = left + 1;
      const best = right < length && this.#before(right, left) ? right : left;
      if (!this.#before(best, at)) return;
      this.#swap(best, at);
      at = best;
    }
  }

  #before(a: number, b: number): boolean {
    const difference = (this.#counts[a] as number) - (this.#counts[b] as number);
    return difference > 0 || (difference === 0 && (this.#keys[a] as number) < (this.#keys[b] as number));
  }

  #swap(a: number, b: number): void {
    const [keyA, countA] = [this.#keys[a] as number, this.#counts[a] as number];
    this.#keys[a] = this.#keys[b] as number;
    this.#counts[a] = this.#counts[b] as number;
    this.#keys[b] = keyA;
    this.#counts[b] = countA;
  }
}
