/**
 * Random numbers from a seed and a label, for initial weights and the order of data: the same on every machine, and
 * independent of what else was drawn. The generator is xoshiro128** (https://prng.di.unimi.it/xoshiro128starstar.c),
 * its state the SHA-256 of seed and label.
 */
import { createHash } from "node:crypto";

export class RandomSource {
  readonly #state: Uint32Array;

  /** @param seed any finite number; @param label what the numbers are for */
  constructor(seed: number, label: string) {
    const digest = createHash("sha256").update(`${seed}\0${label}`).digest();
    this.#state = Uint32Array.from({ length: 4 }, (_, i) => digest.readUInt32LE(4 * i));
  }

  /** From 0 (inclusive) to 1 (exclusive), 32 bits. */
  next(): number {
    const s = this.#state;
    const [a, b, c, d] = s as unknown as [number, number, number, number];
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const crossed = c ^ a;
    const mixed = d ^ b;
    s[1] = b ^ crossed;
    s[0] = a ^ mixed;
    s[2] = crossed ^ (b << 9);
    s[3] = rotate(mixed, 11);
    return result / 2 ** 32;
  }

  /** An integer from 0 to `below` - 1. */
  below(below: number): number {
    return Math.floor(this.next() * below);
  }

  /** Normally distributed numbers with mean 0 (Box and Muller's method). */
  normal(length: number, deviation: number): Float32Array<ArrayBuffer> {
    const values = new Float32Array(length);
    for (let i = 0; i < length; i += 2) {
      const radius = deviation * Math.sqrt(-2 * Math.log(1 - this.next()));
      const angle = 2 * Math.PI * this.next();
      values[i] = radius * Math.cos(angle);
      if (i + 1 < length) values[i + 1] = radius * Math.sin(angle);
    }
    return values;
  }

  /** The numbers from 0 to `count` - 1 in random order (Fisher and Yates' method). */
  permutation(count: number): Int32Array<ArrayBuffer> {
    const order = Int32Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [order[i], order[j]] = [order[j] as number, order[i] as number];
    }
    return order;
  }
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
