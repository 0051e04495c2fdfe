/** Whole numbers in proportion to weights, without a remainder. */

/**
 * Shares of `total`, by the largest remainder (Hamilton's method): each is its exact share rounded down, and what is
 * left goes one by one to the largest fractions, the first of equal ones first. They add up to `total`.
 */
export function apportion(total: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((all, weight) => all + weight, 0);
  const exact = weights.map((weight) => (total * weight) / sum);
  const shares = exact.map(Math.floor);
  let left = total - shares.reduce((all, share) => all + share, 0);
  const order = [...exact.keys()].sort((a, b) => fraction(exact[b]) - fraction(exact[a]) || a - b);
  for (let i = 0; left > 0; i = (i + 1) % order.length, left--) shares[order[i] as number]!++;
  // Rounding of large numbers can give one too many.
  for (; left < 0; left++) shares[shares.indexOf(Math.max(...shares))]!--;
  return shares;
}

/** Consecutive ranges of these lengths, from 0 on. */
export function rangesOf(lengths: readonly number[]): { from: number; to: number }[] {
  let at = 0;
  return lengths.map((length) => {
    at += length;
    return { from: at - length, to: at };
  });
}

function fraction(value = 0): number {
  return value - Math.floor(value);
}
