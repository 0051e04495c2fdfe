/**
 * Welch's t-test of two timed classes, as in Reparaz, Balasch, Verbauwhede: "Dude, is my code constant time?" (2017):
 * probes of both classes in random order, the slowest left out (interruptions, not the code), |t| above 4.5 says that the
 * times differ.
 */
import type { Random } from "../../support/random.ts";

/** Does one probe and returns its time. */
export type TimedClass = () => number;

/** Part of the probes that is kept, from the fastest. */
const KEPT = 0.9;

/** t of `count` probes, half of each class on average. Positive when `a` is slower. */
export function welchT(a: TimedClass, b: TimedClass, { count, random }: { count: number; random: Random }): number {
  for (let i = 0; i < 20_000; i++) {
    a();
    b();
  }
  const times = new Float64Array(count);
  const isB = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    isB[i] = random.next() < 0.5 ? 1 : 0;
    times[i] = isB[i] === 1 ? b() : a();
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
