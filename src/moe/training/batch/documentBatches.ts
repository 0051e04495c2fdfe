/**
 * Batches in which every sequence is one document. Documents of similar length come together, so that little is padded,
 * and each batch has about the same number of positions. Each epoch groups them anew.
 *
 * Invariant: the batch of a step depends on documents, options and step only, so a run can continue anywhere.
 */
import { trainingError } from "../errors.ts";
import { RandomSource } from "../random.ts";
import type { BatchSeries, Document } from "./packedBatches.ts";

export interface DocumentBatchOptions {
  /** Most positions of a batch, padding included. */
  readonly positions: number;
  /** Longer documents are cut. */
  readonly maxLength: number;
  readonly seed: number;
}

/** Documents that are sorted by length together: small enough that batches differ from epoch to epoch. */
const SORTED_DOCUMENTS = 4096;

/** Throws `corpus_empty` without documents of at least two tokens, `training_option_invalid` for impossible sizes. */
export function documentBatches(
  documents: readonly Document[],
  { positions, maxLength, seed }: DocumentBatchOptions,
): BatchSeries {
  if (maxLength < 2 || positions < maxLength) {
    const text = `positions: expected at least maxLength, which is at least 2, got ${positions} and ${maxLength}`;
    throw trainingError("training_option_invalid", text);
  }
  const usable = documents.filter(({ tokens }) => tokens.length >= 2);
  if (usable.length === 0) {
    throw trainingError("corpus_empty", "documents: expected at least one with two tokens or more, got none");
  }
  const lengths = usable.map(({ tokens }) => Math.min(tokens.length, maxLength));
  const stepsPerEpoch = groupDocuments(lengths, positions, seed, 0).length;
  let known: { readonly epoch: number; readonly groups: readonly (readonly number[])[] } | undefined;
  return {
    stepsPerEpoch,
    batch(step) {
      const epoch = Math.floor((step - 1) / stepsPerEpoch);
      if (known?.epoch !== epoch) known = { epoch, groups: groupDocuments(lengths, positions, seed, epoch) };
      // Epochs differ a little in their number of groups: the last ones of a longer epoch wait for another.
      const group = known.groups[(step - 1) % stepsPerEpoch] ?? (known.groups[0] as readonly number[]);
      const chosen = group.map((index) => usable[index] as Document);
      return {
        sequences: chosen.map(({ tokens }) => tokens.slice(0, maxLength)),
        targets: chosen.map(({ tokens, targets }) => {
          const length = Math.min(tokens.length, maxLength);
          return targets === undefined ? Array<boolean>(length).fill(true) : targets.slice(0, length);
        }),
      };
    },
  };
}

/** Indices of the documents of each batch, batches in random order. */
function groupDocuments(lengths: readonly number[], positions: number, seed: number, epoch: number): number[][] {
  const random = new RandomSource(seed, `epoch ${epoch}`);
  const order = random.permutation(lengths.length);
  const groups: number[][] = [];
  for (let start = 0; start < order.length; start += SORTED_DOCUMENTS) {
    const sorted = order.slice(start, start + SORTED_DOCUMENTS).sort((a, b) => lengths[a]! - lengths[b]!);
    let group: number[] = [];
    for (const index of sorted) {
      // Sorted: the newest is the longest, and all are padded to it.
      if ((group.length + 1) * (lengths[index] as number) > positions) {
        groups.push(group);
        group = [];
      }
      group.push(index);
    }
    groups.push(group);
  }
  return Array.from(random.permutation(groups.length), (index) => groups[index] as number[]);
}
