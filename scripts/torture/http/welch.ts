/**
 * Welch's t-test of two timed classes, as in Reparaz, Balasch, Verbauwhede: "Dude, is my code constant time?" (2017):
 * probes of both classes in random order, the slowest left out (interruptions, not the code), |t| above 4.5 says that the
 * times differ.
 */
import type { Random } from "../../support/random.ts";

/** Part of the probes that is kept, from the fastest. */
const KEPT = 0.9;
/** Texts of each class. */
const POOL = 512;

export interface Probes {
  /** What is timed. */
  readonly probe: (text: string) => void;
  /** Make texts of the two classes. */
  readonly a: () => string;
  readonly b: () => string;
  readonly count: number;
  readonly random: Random;
}

/**
 * t of `count` probes, half of each class on average; positive when `a` is slower. Both classes go through one call, and
 * their texts are made in turns: otherwise the place in memory and the compiler's choices differ, and t is far from 0 for
 * two equal classes.
 */
export function welchT({ probe, a, b, count, random }: Probes): number {
  const texts = Array.from({ length: 2 * POOL }, (_, i) => Buffer.from(i % 2 === 0 ? a() : b()).toString("latin1"));
  const times = new Float64Array(count);
  const isB = new Uint8Array(count);
  // The first ones are compiled on the way, and their times overwritten.
  for (let i = -50_000; i < count; i++) {
    const at = Math.floor(random.next() * texts.length);
    const text = texts[at] as string;
    const from = performance.now();
    probe(text);
    const ms = performance.now() - from;
    times[Math.max(0, i)] = ms;
    isB[Math.max(0, i)] = at % 2;
  }
  const limit = times.toSorted()[Math.floor(count * KEPT)]!;
  const stats = [new Moments(), new Moments()] as const;
  for (let i = 0; i < count; i++) if (times[i]! <= limit) stats[isB[i] === 1 ? 1 : 0].add(times[i]!);
  const [of, ofB] = stats;
  return (of.mean - ofB.mean) / Math.sqrt(of.variance / of.count + ofB.variance / ofB.count);
}

/** Mean and variance in one pass (Welford). */
class Moments {
  count = 0;
  mean = 0;
  #squares = 0;

  add(value: number): void {
    this.count++;
    const delta = value - this.mean;
    this.mean += delta / this.count;
    this.#squares += delta * (value - this.mean);
  }

  get variance(): number {
    return this.#squares / (this.count - 1);
  }
}
