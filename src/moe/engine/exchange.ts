/**
 * Memory that the engine's computing threads share: the rows of a step, and what each thread adds to them.
 *
 * The leader writes `hidden`, `normed` and the lists; every shard writes its own `partial`, `outputs` and columns of
 * `logits`. A command of `crew.ts` lies between the two.
 */
import type { ModelSpec } from "../model/spec.ts";

/** The rows `[firstRow, firstRow + rows)` of a step belong to one sequence, at positions from `start` on. */
export interface BatchSequence {
  readonly sequence: number;
  readonly firstRow: number;
  readonly rows: number;
  readonly start: number;
}

export interface ExchangeSizes {
  /** Rows that a step can have. */
  readonly maxRows: number;
  /** Kernels that a row can go to in one layer: the chosen experts and the shared one. */
  readonly maxKernelsPerRow: number;
  /** Sequences that a step can have. */
  readonly maxSequences: number;
  /** Rows of which the head can be asked at once. */
  readonly maxHeadRows: number;
  readonly shards: number;
}

export interface Exchange {
  readonly sizes: ExchangeSizes;
  /** Control words of the crew. */
  readonly control: Int32Array;
  /** The step's batch: number of sequences, then four words for each. */
  readonly batch: Int32Array;
  /** Residual stream, [maxRows][hiddenSize]. */
  readonly hidden: Float32Array;
  /** Input of the feed-forward networks, [maxRows][hiddenSize]. */
  readonly normed: Float32Array;
  /** By shard: its summand of attention's output, [maxRows][hiddenSize]. */
  readonly partial: readonly Float32Array[];
  /** By shard: its summands of feed-forward outputs, [maxAssignments][hiddenSize]. */
  readonly outputs: readonly Float32Array[];
  /** By shard: sums of squares of its queries and of its keys, [2][maxRows]. */
  readonly squares: readonly Float32Array[];
  /** Angles of each row, [maxRows][rotated/2]. */
  readonly cos: Float32Array;
  readonly sin: Float32Array;
  /** Feed-forward work: kernel, first assignment and number of assignments of each group. */
  readonly groups: Int32Array;
  /** Row of each assignment: one row of the step given to one kernel. */
  readonly assignedRows: Int32Array;
  /** Factor of each assignment's output. */
  readonly assignedWeights: Float64Array;
  /** [maxHeadRows][vocabSize]. */
  readonly logits: Float32Array;
  /** Rows of `hidden` that the head is asked for. */
  readonly headRows: Int32Array;
}

/** Words of `control`; `lockstep.ts` says what they hold. */
export const CONTROL_WORDS = 16;

/** The memory of a new engine. It is passed to other threads as it is. */
export function createExchange(spec: ModelSpec, sizes: ExchangeSizes): Exchange {
  const { maxRows, maxKernelsPerRow, maxSequences, maxHeadRows, shards } = sizes;
  const maxAssignments = maxRows * maxKernelsPerRow;
  const floats = (length: number): Float32Array => new Float32Array(new SharedArrayBuffer(length * 4));
  const integers = (length: number): Int32Array => new Int32Array(new SharedArrayBuffer(length * 4));
  const forShards = (length: number): Float32Array[] => Array.from({ length: shards }, () => floats(length));
  const angles = maxRows * ((spec.rope?.dimension ?? 0) / 2);
  return {
    sizes: { maxRows, maxKernelsPerRow, maxSequences, maxHeadRows, shards },
    control: integers(CONTROL_WORDS),
    batch: integers(1 + 4 * maxSequences),
    hidden: floats(maxRows * spec.hiddenSize),
    normed: floats(maxRows * spec.hiddenSize),
    partial: forShards(maxRows * spec.hiddenSize),
    outputs: forShards(maxAssignments * spec.hiddenSize),
    squares: forShards(2 * maxRows),
    cos: floats(angles),
    sin: floats(angles),
    groups: integers(3 * (spec.experts.count + 2)),
    assignedRows: integers(maxAssignments),
    assignedWeights: new Float64Array(new SharedArrayBuffer(maxAssignments * 8)),
    logits: floats(maxHeadRows * spec.vocabSize),
    headRows: integers(maxHeadRows),
  };
}

export function writeBatch({ batch }: Exchange, sequences: readonly BatchSequence[]): void {
  batch[0] = sequences.length;
  for (const [i, { sequence, firstRow, rows, start }] of sequences.entries()) {
    batch.set([sequence, firstRow, rows, start], 1 + 4 * i);
  }
}

export function readBatch({ batch }: Exchange): BatchSequence[] {
  return Array.from({ length: batch[0] as number }, (_, i) => {
    const [sequence, firstRow, rows, start] = batch.subarray(1 + 4 * i, 5 + 4 * i) as unknown as [
      number,
      number,
      number,
      number,
    ];
    return { sequence, firstRow, rows, start };
  });
}
