/**
 * Random numbers as a pure function of a 64-bit seed and a position.
 *
 * Invariant: the number for position n does not depend on what was drawn before. So a generation that moves to another
 * machine needs only its seed and its tokens to go on exactly as it would have done.
 * The function is SplitMix64 (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators"), whose n-th
 * output is mix(start + n * gamma). The seed goes through the mixer first, so that seeds 1, 2, 3 give unrelated series.
 */

const GAMMA = 0x9e3779b97f4a7c15n;
const MASK = (1n << 64n) - 1n;

function mix(value: bigint): bigint {
  let z = value & MASK;
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK;
  return z ^ (z >> 31n);
}

/** A number in [0, 1) with 53 random bits. `seed`: 0 to 2^64 - 1; `position`: a non-negative integer. */
export function uniformAt(seed: bigint, position: number): number {
  const bits = mix(mix(seed) + GAMMA * BigInt(position + 1));
  return Number(bits >> 11n) * 2 ** -53;
}
