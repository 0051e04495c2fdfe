/**
 * The end of a layer: what its experts gave, times the router's factors, joins the residual stream. Each shard takes some
 * columns of all rows, so that all threads work on it at once.
 *
 * An output is first summed over the shards and rounded to float32: the number that another host would send for it.
 */
import type { Exchange } from "./exchange.ts";
import { addRow, addScaled } from "./summing.ts";

export interface OutputShare {
  /** Rows of the step. */
  readonly rows: number;
  /** Of `hidden`, [from, to). */
  readonly columns: readonly [from: number, to: number];
  /** The model's factor of everything that joins the residual stream. */
  readonly factor: number;
}

/**
 * Adds the outputs of the first `groupCount` groups listed in the exchange, in their order, to its `hidden`.
 * @param sums overwritten: [rows][columns]
 */
export function addOutputs(exchange: Exchange, groupCount: number, sums: Float32Array, share: OutputShare): void {
  const { hidden, outputs, groups, assignedRows, assignedWeights } = exchange;
  const { rows, columns, factor } = share;
  const [from, to] = columns;
  const width = to - from;
  const hiddenSize = hidden.length / exchange.sizes.maxRows;
  sums.fill(0);
  for (let group = 0; group < groupCount; group++) {
    const first = groups[3 * group + 1] as number;
    const end = first + (groups[3 * group + 2] as number);
    for (let i = first; i < end; i++) {
      const at = (assignedRows[i] as number) * width;
      addRow(sums, at, outputs, i * hiddenSize + from, width, assignedWeights[i] as number);
    }
  }
  for (let row = 0; row < rows; row++) {
    addScaled(hidden, row * hiddenSize + from, sums, row * width, width, factor);
  }
}
