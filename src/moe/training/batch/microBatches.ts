/** A large batch in pieces that fit into memory: their gradients add up to that of the whole. */
import type { Batch } from "./batch.ts";

/**
 * Consecutive sequences together, each piece with at most `maxPositions` positions, padding included; a longer sequence
 * has a piece to itself.
 */
export function microBatches({ sequences, targets }: Batch, maxPositions: number): Batch[] {
  const pieces: Batch[] = [];
  let [start, longest] = [0, 0];
  const cut = (end: number): void => {
    pieces.push({
      sequences: sequences.slice(start, end),
      ...(targets && { targets: targets.slice(start, end) }),
    });
  };
  for (const [i, { length }] of sequences.entries()) {
    const width = Math.max(longest, length);
    if (i > start && width * (i + 1 - start) > maxPositions) {
      cut(i);
      [start, longest] = [i, length];
    } else {
      longest = width;
    }
  }
  if (start < sequences.length) cut(sequences.length);
  return pieces;
}
