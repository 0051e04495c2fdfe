/**
 * Memory that the engine's computing threads share: the rows of a step, and what each thread adds to them.
 *
 * The first thread (the leader) writes `hidden`, `normed` and the lists; every thread writes its own `partial` and its
 * own columns of `logits`. Between the two lies a barrier of `crew.ts`.
 */
import type { ModelSpec } from "../model/spec.ts";

export interface ExchangeSizes {
  /** Rows that a step can have. */
  readonly maxRows: number;
  /** Rows of which the head can be asked at once. */
  readonly maxHeadRows: number;
  readonly threads: number;
}

export interface Exchange {
  readonly sizes: ExchangeSizes;
  /** Control words of the crew. */
  readonly control: Int32Array;
  /** Residual stream, [maxRows][hiddenSize]. */
  readonly hidden: Float32Array;
  /** Input of the feed-forward networks, [maxRows][hiddenSize]. */
  readonly normed: Float32Array;
  /** By thread: its summand of the step at hand, [maxRows][hiddenSize]. */
  readonly partial: readonly Float32Array[];
  /** By thread: sums of squares of its queries and of its keys, [2][maxRows]. */
  readonly squares: readonly Float32Array[];
  /** Angles of each row, [maxRows][rotated/2]. */
  readonly cos: Float32Array;
  readonly sin: Float32Array;
  /** Feed-forward work: (kernel, rows) pairs, their rows one after the other, and the factor of each row. */
  readonly groups: Int32Array;
  readonly groupRows: Int32Array;
  readonly groupWeights: Float32Array;
  /** [maxHeadRows][vocabSize]. */
  readonly logits: Float32Array;
  /** Rows of `hidden` that the head is asked for. */
  readonly headRows: Int32Array;
}

/** Words of `control`; the rest is the arguments of the command. */
export const CONTROL_WORDS = 64;

/** The memory of a new engine. It is passed to other threads as it is. */
export function createExchange(spec: ModelSpec, sizes: ExchangeSizes): Exchange {
  const { maxRows, maxHeadRows, threads } = sizes;
  const perRow = spec.experts.count + 2;
  const floats = (length: number): Float32Array => new Float32Array(new SharedArrayBuffer(length * 4));
  const integers = (length: number): Int32Array => new Int32Array(new SharedArrayBuffer(length * 4));
  const forThreads = (length: number): Float32Array[] => Array.from({ length: threads }, () => floats(length));
  const angles = maxRows * ((spec.rope?.dimension ?? 0) / 2);
  return {
    sizes,
    control: integers(CONTROL_WORDS),
    hidden: floats(maxRows * spec.hiddenSize),
    normed: floats(maxRows * spec.hiddenSize),
    partial: forThreads(maxRows * spec.hiddenSize),
    squares: forThreads(2 * maxRows),
    cos: floats(angles),
    sin: floats(angles),
    groups: integers(2 * perRow),
    groupRows: integers(maxRows * perRow),
    groupWeights: floats(maxRows * perRow),
    logits: floats(maxHeadRows * spec.vocabSize),
    headRows: integers(maxHeadRows),
  };
}
