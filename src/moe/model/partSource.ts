/**
 * One line of the table from parts to checkpoint tensors: under which names a file holds a part, and how arranged.
 *
 * `{L}` stands for the layer and `{E}` for the expert. A `stacked` tensor holds all experts of a layer along its first
 * axis; slot payloads hold slice j of it under the name `NAME[j]`, without that axis. Where a part has several rows,
 * the first whose tensors exist is taken.
 */
import type { PartName } from "./parts.ts";

/**
 * How stored elements become the part:
 * - `rows`: as they are; several tensors follow each other along the first axis
 * - `transposed`: stored [inputs, outputs]
 * - `interleaved`: along the outputs gate and up alternate: gate 0, up 0, gate 1, …
 * - `transposed-interleaved`: both
 * - `mxfp4-interleaved`, `mxfp4`: two tensors, four-bit blocks [outputs, inputs/32, 16] and scales [outputs, inputs/32]
 * - `paired-query`, `paired-key`: rows of each head ordered for rotation of neighbouring pairs (ggml's order for
 *   llama-like models): stored row 2i is row i of the head, stored row 2i + 1 is row i + headDim/2
 * - `latent-halves`: two tensors, keys [heads, rank, plainDim] and values [heads, valueDim, rank]
 */
export type Arrangement =
  | "rows"
  | "transposed"
  | "interleaved"
  | "transposed-interleaved"
  | "mxfp4"
  | "mxfp4-interleaved"
  | "paired-query"
  | "paired-key"
  | "latent-halves";

export interface PartSource {
  readonly tensors: readonly string[];
  readonly arrangement: Arrangement;
  readonly stacked: boolean;
}

export type SourceTable = ReadonlyMap<PartName, readonly PartSource[]>;

export const rows = (...tensors: string[]): PartSource => ({ tensors, arrangement: "rows", stacked: false });
export const stack = (arrangement: Arrangement, ...tensors: string[]): PartSource => ({
  tensors,
  arrangement,
  stacked: true,
});
export const as = (arrangement: Arrangement, ...tensors: string[]): PartSource => ({
  tensors,
  arrangement,
  stacked: false,
});
