/** The loss of the rows that predict a target, and its gradient. */
import { Tensor } from "onnxruntime-common";
import { type Feeds, floats } from "../../engine/ort.ts";
import type { RowList } from "../batch/rows.ts";
import type { SharedFloats } from "../kernels/floatMemory.ts";
import { gatherRows } from "../memory/gatherRows.ts";
import { addWeightGradients } from "./networks.ts";
import type { PassContext } from "./passContext.ts";
import { gradientOf, resultOf } from "./sessions.ts";

/** Logits that one run may hold; larger batches are done in pieces. */
const MAX_LOGIT_BYTES = 64 * 1024 * 1024;
const LEAST_ROWS = 64;

/** Losses are sums over the targets of each sequence. */
export interface HeadResult {
  readonly lossSums: Float64Array;
  /** Gradient of the sum of all losses times the given factor, [rows][hiddenSize] in scratch memory. */
  readonly dHidden: SharedFloats | undefined;
}

/** @param factor of the gradients: 1 / (targets of the whole step); absent: only the loss is computed */
export function runHead(context: PassContext, rows: RowList, hidden: Float32Array, factor?: number): HeadResult {
  const { spec, scratch, weights, sessions, memory, gradients } = context;
  const width = spec.hiddenSize;
  const trained = factor === undefined ? [] : weights.trainedParts("head");
  const tied = spec.tiedEmbeddings && factor !== undefined && weights.trainedParts("embedding").length > 0;
  const session =
    factor === undefined ? sessions.loss() : sessions.headGradient(tied ? [...trained, "head.weight"] : trained);
  const feeds = headFeeds(context);
  const lossSums = new Float64Array(rows.sequences);
  const dHidden = factor === undefined ? undefined : scratch.zeros(hidden.length);
  const piece = Math.max(LEAST_ROWS, Math.floor(MAX_LOGIT_BYTES / (4 * spec.vocabSize)));
  for (let start = 0; start < rows.targetRows.length; start += piece) {
    context.checkpoint();
    const chosen = rows.targetRows.subarray(start, start + piece);
    const x = scratch.take(chosen.length * width);
    gatherRows(x, hidden, chosen, width);
    const targets = BigInt64Array.from(rows.targets.subarray(start, start + piece), BigInt);
    const results = session.run({
      ...feeds,
      hidden: floats(x, [chosen.length, width]),
      targets: new Tensor("int64", targets, [chosen.length, 1]),
    });
    addLosses(lossSums, rows, chosen, resultOf(results, "loss"));
    if (dHidden === undefined || factor === undefined) continue;
    memory.scatterAddRows(dHidden, gradientOf(results, "hidden"), chosen, width, factor);
    addWeightGradients(context, "head", trained, results, factor);
    if (tied) gradients.add("embedding", "embedding.weight", gradientOf(results, "head.weight"), factor);
  }
  return { lossSums, dHidden };
}

/** With tied embeddings the head's matrix is the embedding's. */
function headFeeds({ spec, weights }: PassContext): Feeds {
  const feeds = weights.feeds("head");
  const embedding = weights.feeds("embedding")["embedding.weight"];
  return spec.tiedEmbeddings && embedding !== undefined ? { ...feeds, "head.weight": embedding } : feeds;
}

function addLosses(sums: Float64Array, rows: RowList, chosen: Int32Array, losses: Float32Array): void {
  for (const [i, loss] of losses.entries()) sums[Math.floor((chosen[i] as number) / rows.length)]! += loss;
}
