/**
 * The feed-forward networks of one layer: the chosen experts on their rows, the shared expert and dense networks on all
 * rows or a list of them.
 *
 * Forward adds to the residual stream; backward adds to the gradient of what the networks saw and to the gradients of
 * their weights. An expert without rows is not run, so its gradient stays exactly 0.
 */
import { type Feeds, floats } from "../../engine/ort.ts";
import type { PartName } from "../../model/parts.ts";
import type { FeedForwardKind } from "../graphs/feedForwardGraph.ts";
import type { SharedFloats } from "../kernels/floatMemory.ts";
import { gatherRows } from "../memory/gatherRows.ts";
import type { ExpertGroups } from "../routing/expertGroups.ts";
import type { PassContext } from "./passContext.ts";
import { gradientOf, keptFeeds, type Results, resultOf } from "./sessions.ts";

/** One run of a network: its inputs and what it kept. */
export interface NetworkRun {
  readonly kind: FeedForwardKind;
  readonly slot: string;
  /** What a backward pass would give gradients of: inputs of the network and parts of its slot. */
  readonly wanted: readonly string[];
  readonly feeds: Feeds;
  readonly kept: Results;
  readonly rows: number;
}

export interface NetworkInputs {
  /** [rows][hiddenSize] */
  readonly x: Float32Array;
  /** [rows], for experts: what their outputs are multiplied by. */
  readonly factors?: Float32Array;
}

export interface RunOptions {
  /** A backward pass follows. */
  readonly keep: boolean;
  /** It gives the gradients of the inputs, too. Default true. */
  readonly reverseInputs?: boolean;
}

/** Gives y [rows][hiddenSize]. */
export function runNetwork(
  context: PassContext,
  kind: FeedForwardKind,
  slot: string,
  { x, factors }: NetworkInputs,
  { keep, reverseInputs = true }: RunOptions,
): { readonly y: Float32Array; readonly run: NetworkRun } {
  context.checkpoint();
  const { spec, weights, sessions } = context;
  const rows = x.length / spec.hiddenSize;
  const feeds: Feeds = { x: floats(x, [rows, spec.hiddenSize]) };
  if (factors !== undefined) feeds.factors = floats(factors, [rows, 1]);
  const inputs = reverseInputs ? Object.keys(feeds) : [];
  const wanted = keep ? [...inputs, ...weights.trainedParts(slot)] : [];
  const pair = keep ? sessions.feedForward(kind, wanted) : undefined;
  const session = pair?.forward ?? sessions.feedForwardInference(kind);
  const results = session.run({ ...weights.feeds(slot), ...feeds });
  const kept = pair === undefined ? {} : keptFeeds(results, pair.kept);
  return { y: resultOf(results, "y"), run: { kind, slot, wanted, feeds, kept, rows } };
}

/** Adds the gradients of the network's weights and gives those of its inputs if they were wanted. `dy` [rows][hiddenSize]. */
export function reverseNetwork(context: PassContext, run: NetworkRun, dy: Float32Array): Results {
  context.checkpoint();
  const { spec, weights, sessions } = context;
  const { backward } = sessions.feedForward(run.kind, run.wanted);
  const incoming = { "d.y": floats(dy, [run.rows, spec.hiddenSize]) };
  const results = backward.run({ ...weights.feeds(run.slot), ...run.feeds, ...run.kept, ...incoming });
  addWeightGradients(context, run.slot, weights.trainedParts(run.slot), results);
  return results;
}

export function addWeightGradients(
  { gradients }: PassContext,
  slot: string,
  parts: readonly PartName[],
  results: Results,
  factor = 1,
): void {
  for (const part of parts) gradients.add(slot, part, gradientOf(results, part), factor);
}

/** Runs of the chosen experts of a layer, by expert. */
export type ExpertRuns = ReadonlyMap<number, NetworkRun>;

/** Adds the outputs of all chosen experts, times `factor`, to `out` [rows][hiddenSize]. */
export function runExperts(
  context: PassContext,
  layer: number,
  groups: ExpertGroups,
  normed: Float32Array,
  out: SharedFloats,
  keep: boolean,
  skip?: number,
): ExpertRuns {
  const { spec, scratch, memory } = context;
  const width = spec.hiddenSize;
  const runs = new Map<number, NetworkRun>();
  for (let expert = 0; expert < spec.experts.count; expert++) {
    const rows = rowsOfExpert(groups, expert);
    if (rows.length === 0 || expert === skip) continue;
    const x = scratch.take(rows.length * width);
    gatherRows(x, normed, rows, width);
    const slot = `layer${layer}.expert${expert}`;
    const inputs = { x, factors: factorsOfExpert(groups, expert) };
    const { y, run } = runNetwork(context, "expert", slot, inputs, { keep });
    memory.scatterAddRows(out, y, rows, width, spec.multipliers.residual);
    if (keep) runs.set(expert, run);
  }
  return runs;
}

/**
 * @param dOut gradient of the layer's output, [rows][hiddenSize]
 * @param dNormed gradient of what the experts saw: added to
 * @param dWeights gradient of the routing weights, by place: written
 */
export function reverseExperts(
  context: PassContext,
  groups: ExpertGroups,
  runs: ExpertRuns,
  dOut: Float32Array,
  dNormed: SharedFloats,
  dWeights: Float32Array,
): void {
  const { spec, scratch, memory } = context;
  const width = spec.hiddenSize;
  for (const [expert, run] of runs) {
    const rows = rowsOfExpert(groups, expert);
    const dy = scratch.take(rows.length * width);
    gatherRows(dy, dOut, rows, width, spec.multipliers.residual);
    const results = reverseNetwork(context, run, dy);
    memory.scatterAddRows(dNormed, gradientOf(results, "x"), rows, width);
    const start = groups.starts[expert] as number;
    const dFactors = gradientOf(results, "factors");
    for (let i = 0; i < dFactors.length; i++) dWeights[groups.places[start + i] as number] = dFactors[i] as number;
  }
}

/** The shared expert or dense network of a layer. */
export interface WholeSlot {
  readonly kind: "shared" | "mlp";
  readonly slot: string;
}

/**
 * Adds the network's output to `out` [rows][hiddenSize].
 * @param rows on which it runs; undefined: all. Gives the run if a backward pass follows and there are rows.
 */
export function runWhole(
  context: PassContext,
  { kind, slot }: WholeSlot,
  normed: Float32Array,
  rows: Int32Array | undefined,
  out: SharedFloats,
  keep: boolean,
): NetworkRun | undefined {
  const { spec, scratch, memory } = context;
  if (rows?.length === 0) return undefined;
  let x = normed;
  if (rows !== undefined) {
    x = scratch.take(rows.length * spec.hiddenSize);
    gatherRows(x, normed, rows, spec.hiddenSize);
  }
  const { y, run } = runNetwork(context, kind, slot, { x }, { keep });
  if (rows === undefined) memory.addScaled(out, y, spec.multipliers.residual);
  else memory.scatterAddRows(out, y, rows, spec.hiddenSize, spec.multipliers.residual);
  return keep ? run : undefined;
}

/** @param rows, dOut, dNormed as in `runWhole` and `reverseExperts` */
export function reverseWhole(
  context: PassContext,
  run: NetworkRun,
  rows: Int32Array | undefined,
  dOut: Float32Array,
  dNormed: SharedFloats,
): void {
  const { spec, scratch, memory } = context;
  const { residual } = spec.multipliers;
  if (rows !== undefined) {
    const dy = scratch.take(rows.length * spec.hiddenSize);
    gatherRows(dy, dOut, rows, spec.hiddenSize, residual);
    const dx = gradientOf(reverseNetwork(context, run, dy), "x");
    memory.scatterAddRows(dNormed, dx, rows, spec.hiddenSize);
    return;
  }
  let dy = dOut;
  if (residual !== 1) {
    const scaled = scratch.zeros(dOut.length);
    memory.addScaled(scaled, dOut, residual);
    dy = scaled;
  }
  memory.addScaled(dNormed, gradientOf(reverseNetwork(context, run, dy), "x"));
}

export function rowsOfExpert({ starts, rows }: ExpertGroups, expert: number): Int32Array {
  return rows.subarray(starts[expert], starts[expert + 1]);
}

export function factorsOfExpert({ starts, factors }: ExpertGroups, expert: number): Float32Array {
  return factors.subarray(starts[expert], starts[expert + 1]);
}
