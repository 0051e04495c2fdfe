/**
 * The merges of byte-level BPE (Sennrich, Haddow, Birch 2016, section 3.2) from word counts.
 *
 * Again and again the most frequent pair of neighbours becomes one token; of equally frequent pairs the one whose left
 * id is lower, then whose right id is lower. Counts are kept up to date: a merge touches only the words that hold the
 * pair. The result depends on the counts alone, not on the order of the words.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { BYTE_TO_CHAR, toByteChars } from "../text/byteAlphabet.ts";
import { bpeError, type ResolvedBpeOptions } from "./options.ts";
import { PairHeap, pairKey, pairOf } from "./pairHeap.ts";

export interface BpeMerges {
  /** Token texts in the byte alphabet by id: special tokens, the 256 bytes, then what merges made. */
  readonly tokens: readonly string[];
  readonly merges: readonly (readonly [left: string, right: string])[];
}

/** Longer words (hashes, encoded data) teach nothing and would cost time in proportion to their square. */
const MAX_WORD_BYTES = 4096;
/** Give other work a turn after so many milliseconds. */
const TURN_MS = 20;

interface Word {
  symbols: number[];
  readonly count: number;
}

/** Throws `corpus_too_short`, and the signal's reason when it is aborted. */
export async function learnMerges(
  counts: ReadonlyMap<string, number>,
  options: ResolvedBpeOptions,
  onMerge: (vocabSize: number) => void,
  signal: AbortSignal | undefined,
): Promise<BpeMerges> {
  const tokens = [...options.specialTokens, ...byteAlphabet()];
  const special = new Set(options.specialTokens);
  const idOf = new Map(tokens.map((token, id) => [token, id]));
  const pairs = new PairIndex(wordsOf(counts, idOf));
  const merges: (readonly [string, string])[] = [];
  let turnEnd = performance.now() + TURN_MS;
  while (tokens.length < options.vocabSize) {
    const key = pairs.popMostFrequent(options.minFrequency);
    if (key === undefined) {
      throw bpeError(
        "corpus_too_short",
        `corpus: expected text for a vocabulary of ${options.vocabSize}, it has pairs for ${tokens.length}`,
        { vocabSize: options.vocabSize, reached: tokens.length },
      );
    }
    const [leftId, rightId] = pairOf(key);
    const [left, right] = [tokens[leftId] as string, tokens[rightId] as string];
    // A special token is cut out before words are encoded, so no merge may make its text.
    if (special.has(left + right)) continue;
    const known = idOf.get(left + right);
    const id = known ?? tokens.length;
    if (known === undefined) {
      tokens.push(left + right);
      idOf.set(left + right, id);
    }
    merges.push([left, right]);
    pairs.merge(leftId, rightId, id);
    if (performance.now() < turnEnd) continue;
    signal?.throwIfAborted();
    onMerge(tokens.length);
    await nextTurn();
    turnEnd = performance.now() + TURN_MS;
  }
  return { tokens, merges };
}

/** The 256 byte characters in the order of their code points, as published vocabularies have them. */
function byteAlphabet(): string[] {
  return [...BYTE_TO_CHAR].sort();
}

function wordsOf(counts: ReadonlyMap<string, number>, idOf: ReadonlyMap<string, number>): Word[] {
  const words: Word[] = [];
  for (const [text, count] of counts) {
    const characters = toByteChars(text);
    if (characters.length < 2 || characters.length > MAX_WORD_BYTES) continue;
    words.push({ symbols: Array.from(characters, (char) => idOf.get(char) as number), count });
  }
  return words;
}

/** Counts of neighbouring pairs, and the words that hold each. */
class PairIndex {
  readonly #words: readonly Word[];
  readonly #counts = new Map<number, number>();
  /** Numbers of words that held the pair when it was noted; some may hold it no more. */
  readonly #places = new Map<number, number[]>();
  readonly #heap = new PairHeap();

  constructor(words: readonly Word[]) {
    this.#words = words;
    for (const [number, word] of words.entries()) {
      this.#addCounts(word, word.count);
      for (let i = 1; i < word.symbols.length; i++) this.#notePlace(keyAt(word, i), number);
    }
    for (const [key, count] of this.#counts) this.#heap.push(key, count);
  }

  /** The most frequent pair, unless it occurs less than `minFrequency` times. */
  popMostFrequent(minFrequency: number): number | undefined {
    for (let top = this.#heap.pop(); top !== undefined; top = this.#heap.pop()) {
      const count = this.#counts.get(top.key) ?? 0;
      if (count < minFrequency) continue;
      if (count === top.count) return top.key;
      this.#heap.push(top.key, count);
    }
    return undefined;
  }

  /** Replaces the pair by `id` wherever it stands, from left to right. */
  merge(left: number, right: number, id: number): void {
    const created = new Set<number>();
    for (const number of new Set(this.#places.get(pairKey(left, right)))) {
      const word = this.#words[number] as Word;
      const merged = mergedSymbols(word.symbols, left, right, id);
      if (merged.length === word.symbols.length) continue;
      this.#addCounts(word, -word.count);
      word.symbols = merged;
      this.#addCounts(word, word.count);
      for (let i = 1; i < merged.length; i++) {
        if (merged[i] !== id && merged[i - 1] !== id) continue;
        const key = keyAt(word, i);
        this.#notePlace(key, number);
        created.add(key);
      }
    }
    this.#places.delete(pairKey(left, right));
    for (const key of created) this.#heap.push(key, this.#counts.get(key) as number);
  }

  #addCounts(word: Word, amount: number): void {
    for (let i = 1; i < word.symbols.length; i++) {
      const key = keyAt(word, i);
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + amount);
    }
  }

  #notePlace(key: number, number: number): void {
    const places = this.#places.get(key);
    if (places === undefined) this.#places.set(key, [number]);
    else if (places.at(-1) !== number) places.push(number);
  }
}

function keyAt({ symbols }: Word, i: number): number {
  return pairKey(symbols[i - 1] as number, symbols[i] as number);
}

function mergedSymbols(symbols: readonly number[], left: number, right: number, id: number): number[] {
  const merged: number[] = [];
  for (let i = 0; i < symbols.length; i++) {
    const joins = symbols[i] === left && symbols[i + 1] === right;
    merged.push(joins ? id : (symbols[i] as number));
    if (joins) i += 1;
  }
  return merged;
}
