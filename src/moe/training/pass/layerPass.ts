/**
 * One layer of the model, forward and backward, on the rows of a batch.
 *
 * Of the last layer's output only the rows that predict a target are used: the feed-forward networks run on those rows
 * alone, and the others hold the stream after attention. Attention needs all rows as keys and values; what looks may be
 * the last rows of each sequence only.
 */
import { type Feeds, floats } from "../../engine/ort.ts";
import { route } from "../../model/routing.ts";
import type { QueryRows, RowList, Rows } from "../batch/rows.ts";
import type { SharedFloats } from "../kernels/floatMemory.ts";
import { gatherRows } from "../memory/gatherRows.ts";
import { type ExpertGroups, groupByExpert } from "../routing/expertGroups.ts";
import { addRouterGradient, type RouterRows, rowShares } from "../routing/routerGradient.ts";
import {
  addWeightGradients,
  type ExpertRuns,
  type NetworkRun,
  reverseExperts,
  reverseWhole,
  runExperts,
  runWhole,
  type WholeSlot,
} from "./networks.ts";
import type { PassContext } from "./passContext.ts";
import { gradientOf, keptFeeds, type Results, resultOf } from "./sessions.ts";

/** What attention and router gave, [rows][hiddenSize] each. */
export interface Attended {
  /** The rows that looked, of which the others are values. */
  readonly rows: RowList;
  readonly middle: Float32Array;
  readonly normed: Float32Array;
  readonly routed: Routed | undefined;
  readonly feeds: Feeds;
  readonly kept: Results;
}

/** The router's decision for all rows that are not padding. */
export interface Routed extends RouterRows {
  readonly groups: ExpertGroups;
}

export interface LayerRecord {
  readonly attended: Attended;
  readonly experts: ExpertRuns;
  /** The shared expert or the dense network, on all rows that are used. */
  readonly whole: NetworkRun | undefined;
}

/** Gradient added to the router's logits of a layer, [real rows][experts]. */
export type LogitGradient = (layer: number, routed: Routed, out: Float32Array) => void;

export class LayerPass {
  readonly #context: PassContext;
  readonly #layer: number;

  constructor(context: PassContext, layer: number) {
    this.#context = context;
    this.#layer = layer;
  }

  /** @param hidden [rows][hiddenSize]; `keep`: a backward pass follows; `queries`: only these rows look */
  attend(rows: Rows, hidden: Float32Array, keep: boolean, queries?: QueryRows): Attended {
    const { spec, weights, checkpoint } = this.#context;
    checkpoint();
    const some = queries !== undefined;
    const pair = keep ? this.#pair(some) : undefined;
    const session = pair?.forward ?? this.#context.sessions.layerInference(this.#hasExperts, some);
    const looking = queries?.list ?? rows;
    const feeds = {
      ...(queries ?? rows).feeds(spec.layers[this.#layer]?.window),
      hidden: floats(hidden, [rows.count, spec.hiddenSize]),
    };
    const results = session.run({ ...weights.feeds(...this.#slots()), ...feeds });
    return {
      rows: looking,
      middle: resultOf(results, "middle"),
      normed: resultOf(results, "normed"),
      routed: this.#hasExperts ? this.#route(looking, resultOf(results, "logits")) : undefined,
      feeds,
      kept: pair === undefined ? {} : keptFeeds(results, pair.kept),
    };
  }

  /** The layer's output, [rows][hiddenSize] in scratch memory. `skip`: an expert whose part is left out. */
  feedForward(
    attended: Attended,
    keep: boolean,
    skip?: number,
  ): { readonly hidden: SharedFloats; readonly record: LayerRecord } {
    const { scratch } = this.#context;
    const { middle, normed, routed } = attended;
    const hidden = scratch.take(middle.length);
    hidden.set(middle);
    const experts =
      routed === undefined
        ? new Map<number, NetworkRun>()
        : runExperts(this.#context, this.#layer, routed.groups, normed, hidden, keep, skip);
    const whole = this.#wholeSlot();
    if (whole === undefined) return { hidden, record: { attended, experts, whole: undefined } };
    const run = runWhole(this.#context, whole, normed, this.#needed(attended.rows), hidden, keep);
    return { hidden, record: { attended, experts, whole: run } };
  }

  /** From the gradient of the layer's output, [rows that looked][hiddenSize], to that of its input, [rows][hiddenSize]. */
  reverse(record: LayerRecord, dOut: Float32Array, addLogitGradient: LogitGradient): Float32Array {
    const context = this.#context;
    const { spec, scratch, weights } = context;
    const { attended, experts, whole } = record;
    const { rows } = attended;
    const dNormed = scratch.zeros(dOut.length);
    const shape = [rows.count, spec.hiddenSize];
    const incoming: Feeds = { "d.middle": floats(dOut, shape), "d.normed": floats(dNormed, shape) };
    if (attended.routed !== undefined) {
      const { routed } = attended;
      const dWeights = scratch.zeros(routed.routing.weights.length);
      reverseExperts(context, routed.groups, experts, dOut, dNormed, dWeights);
      incoming["d.logits"] = floats(this.#logitGradient(rows, routed, dWeights, addLogitGradient), [
        rows.count,
        spec.experts.count,
      ]);
    }
    if (whole !== undefined) reverseWhole(context, whole, this.#needed(rows), dOut, dNormed);
    context.checkpoint();
    const feeds = { ...weights.feeds(...this.#slots()), ...attended.feeds, ...attended.kept, ...incoming };
    const some = attended.feeds.queries !== undefined;
    const results = this.#pair(some).backward.run(feeds);
    for (const slot of this.#slots()) addWeightGradients(context, slot, weights.trainedParts(slot), results);
    return gradientOf(results, "hidden");
  }

  /** Rows whose output is used; undefined: all of them. */
  #needed(rows: RowList): Int32Array | undefined {
    return this.#layer === this.#context.spec.layers.length - 1 ? rows.targetRows : undefined;
  }

  get #hasExperts(): boolean {
    return this.#context.spec.layers[this.#layer]?.feedForward === "experts";
  }

  #slots(): string[] {
    const attention = `layer${this.#layer}.attention`;
    return this.#hasExperts ? [attention, `layer${this.#layer}.router`] : [attention];
  }

  #wholeSlot(): WholeSlot | undefined {
    if (!this.#hasExperts) return { kind: "mlp", slot: `layer${this.#layer}.mlp` };
    return this.#context.spec.shared && { kind: "shared", slot: `layer${this.#layer}.shared` };
  }

  #pair(someQueries: boolean) {
    const { sessions, weights } = this.#context;
    return sessions.layer(
      this.#hasExperts,
      this.#slots().flatMap((slot) => weights.trainedParts(slot)),
      someQueries,
    );
  }

  #route(rows: RowList, allLogits: Float32Array): Routed {
    const { spec, weights, scratch } = this.#context;
    const { count, perToken } = spec.experts;
    const logits = scratch.take(rows.real.length * count);
    gatherRows(logits, allLogits, rows.real, count);
    const correction =
      spec.router.kind === "sigmoid" ? weights.values(`layer${this.#layer}.router`, "router.correction") : undefined;
    const routing = route(spec.router, count, perToken, logits, correction);
    const groups = groupByExpert(routing, rows.real, count, this.#needed(rows));
    return { experts: count, logits, shares: rowShares(logits, count), routing, groups };
  }

  #logitGradient(rows: RowList, routed: Routed, dWeights: Float32Array, add: LogitGradient): Float32Array {
    const { spec, scratch } = this.#context;
    const { count } = spec.experts;
    const gradient = scratch.zeros(routed.logits.length);
    addRouterGradient(spec.router, routed, dWeights, gradient);
    add(this.#layer, routed, gradient);
    const all = scratch.zeros(rows.count * count);
    for (let i = 0; i < rows.real.length; i++) {
      all.set(gradient.subarray(i * count, (i + 1) * count), (rows.real[i] as number) * count);
    }
    return all;
  }
}
