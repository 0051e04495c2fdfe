/** The whole model on a batch: forward to the loss, and back to the embedding. */
import { answeringRows, type RowList, type Rows } from "../batch/rows.ts";
import type { SharedFloats } from "../kernels/floatMemory.ts";
import { gatherRows } from "../memory/gatherRows.ts";
import { type HeadResult, runHead } from "./headPass.ts";
import { LayerPass, type LayerRecord, type LogitGradient } from "./layerPass.ts";
import type { PassContext } from "./passContext.ts";

export interface ForwardResult extends HeadResult {
  readonly records: readonly LayerRecord[];
}

export interface LayerRange {
  readonly first?: number;
  readonly end?: number;
  readonly keep: boolean;
  /** The last layer's output is wanted for the rows that predict a target only: it may have fewer rows. */
  readonly answersOnly?: boolean;
}

export class ModelPass {
  readonly layers: readonly LayerPass[];
  readonly #context: PassContext;

  constructor(context: PassContext) {
    this.#context = context;
    this.layers = context.spec.layers.map((_, layer) => new LayerPass(context, layer));
  }

  /** @param factor see `runHead`; absent: nothing is kept, only the loss is computed */
  forward(rows: Rows, factor?: number): ForwardResult {
    const keep = factor !== undefined;
    const { hidden, records, list } = this.run(rows, this.embed(rows), { keep, answersOnly: !keep });
    return { records, ...runHead(this.#context, list, hidden, factor) };
  }

  /** Layers [first, end), by default all. `keep`: a backward pass follows. `list`: the rows of `hidden` in the end. */
  run(rows: Rows, input: SharedFloats, range: LayerRange) {
    const { first = 0, end = this.layers.length, keep, answersOnly = false } = range;
    const records: LayerRecord[] = [];
    let hidden = input;
    let list: RowList = rows;
    for (const [i, layer] of this.layers.slice(first, end).entries()) {
      const last = first + i === this.layers.length - 1;
      const queries = last && answersOnly ? answeringRows(rows, this.#context.spec) : undefined;
      const done = layer.feedForward(layer.attend(rows, hidden, keep, queries), keep);
      records.push(done.record);
      hidden = done.hidden;
      if (queries !== undefined) list = queries.list;
    }
    return { hidden, records, list };
  }

  /** `records` are those of the last layers; gives the gradient of the input of the first of these. */
  reverse(records: readonly LayerRecord[], dOut: Float32Array, addLogitGradient: LogitGradient): Float32Array {
    const first = this.layers.length - records.length;
    let gradient = dOut;
    for (let i = records.length - 1; i >= 0; i--) {
      const layer = this.layers[first + i] as LayerPass;
      gradient = layer.reverse(records[i] as LayerRecord, gradient, addLogitGradient);
    }
    return gradient;
  }

  /** Embeddings of all rows, [rows][hiddenSize] in scratch memory. */
  embed(rows: Rows): SharedFloats {
    const { spec, weights, scratch } = this.#context;
    const table = weights.values("embedding", "embedding.weight");
    const width = spec.hiddenSize;
    const { embedding } = spec.multipliers;
    const hidden = scratch.take(rows.count * width);
    gatherRows(hidden, table, rows.tokens, width, embedding);
    return hidden;
  }

  /** @param dHidden gradient of the embeddings of all rows; padding rows have none */
  reverseEmbedding(rows: Rows, dHidden: Float32Array): void {
    const { spec, gradients } = this.#context;
    gradients.addRows("embedding", "embedding.weight", dHidden, rows.tokens, spec.multipliers.embedding);
  }
}
