/**
 * Sums over shards: one loop for each number of shards that is common, so that nothing but the sum is in it. Shards are
 * added in their order, in double precision.
 */

/** to[i] += factor * (sum of all summands at i), for the first `count` values. */
export function addSummands(to: Float32Array, summands: readonly Float32Array[], count: number, factor: number): void {
  const [first, second, ...others] = summands as [Float32Array, Float32Array | undefined, ...Float32Array[]];
  if (second === undefined) {
    for (let i = 0; i < count; i++) to[i] = (to[i] as number) + factor * (first[i] as number);
  } else if (others.length === 0) {
    for (let i = 0; i < count; i++) to[i] = (to[i] as number) + factor * ((first[i] as number) + (second[i] as number));
  } else {
    for (let i = 0; i < count; i++) {
      let sum = (first[i] as number) + (second[i] as number);
      for (const other of others) sum += other[i] as number;
      to[i] = (to[i] as number) + factor * sum;
    }
  }
}

/** to[at + i] += weight * (sum of all outputs at offset + i, rounded to float32), for `count` values. */
export function addRow(
  to: Float32Array,
  at: number,
  outputs: readonly Float32Array[],
  offset: number,
  count: number,
  weight: number,
): void {
  const [first, second, ...others] = outputs as [Float32Array, Float32Array | undefined, ...Float32Array[]];
  if (second === undefined) {
    for (let i = 0; i < count; i++) to[at + i] = (to[at + i] as number) + weight * (first[offset + i] as number);
  } else if (others.length === 0) {
    for (let i = 0; i < count; i++) {
      const sum = Math.fround((first[offset + i] as number) + (second[offset + i] as number));
      to[at + i] = (to[at + i] as number) + weight * sum;
    }
  } else {
    for (let i = 0; i < count; i++) {
      let sum = (first[offset + i] as number) + (second[offset + i] as number);
      for (const other of others) sum += other[offset + i] as number;
      to[at + i] = (to[at + i] as number) + weight * Math.fround(sum);
    }
  }
}

/** to[at + i] += factor * from[offset + i], for `count` values. */
export function addScaled(
  to: Float32Array,
  at: number,
  from: Float32Array,
  offset: number,
  count: number,
  factor: number,
): void {
  for (let i = 0; i < count; i++) to[at + i] = (to[at + i] as number) + factor * (from[offset + i] as number);
}
