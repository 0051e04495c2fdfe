/**
 * A batch as rows: sequence by sequence, padded to the longest. Padding stands at the end, where causal attention hides
 * it from everything real; it is neither routed to experts nor part of the loss.
 */

import { Tensor } from "onnxruntime-common";
import { causalMask } from "../../engine/mask.ts";
import { type Feeds, type FloatTensor, floatData, floats } from "../../engine/ort.ts";
import { ropeFrequencies, rotations } from "../../model/ropeFrequencies.ts";
import type { ModelSpec } from "../../model/spec.ts";
import { gatherRows } from "../memory/gatherRows.ts";
import { type Batch, isTarget } from "./batch.ts";

/** Which rows there are, and what they are to predict. */
export interface RowList {
  readonly sequences: number;
  /** Rows of each sequence. */
  readonly length: number;
  readonly count: number;
  /** Rows that are not padding, in order. */
  readonly real: Int32Array;
  /** Rows that predict a target, in order, and the target of each. */
  readonly targetRows: Int32Array;
  readonly targets: Int32Array;
}

export interface Rows extends RowList {
  /** Token of each row; 0 for padding. */
  readonly tokens: Int32Array;
  /** Inputs of the layer graph that depend on the geometry only; the mask is that of a layer's window. */
  readonly feeds: (window: number | undefined) => Feeds;
}

export function rowsOf(batch: Batch, spec: ModelSpec): Rows {
  const { sequences } = batch;
  const length = sequences.reduce((most, sequence) => Math.max(most, sequence.length), 0);
  const count = sequences.length * length;
  const tokens = new Int32Array(count);
  const [real, targetRows, targets]: [number[], number[], number[]] = [[], [], []];
  for (const [i, sequence] of sequences.entries()) {
    for (const [position, token] of sequence.entries()) {
      const row = i * length + position;
      tokens[row] = token;
      real.push(row);
      if (position === 0 || !isTarget(batch, i, position)) continue;
      targetRows.push(row - 1);
      targets.push(token);
    }
  }
  return {
    sequences: sequences.length,
    length,
    count,
    tokens,
    real: Int32Array.from(real),
    targetRows: Int32Array.from(targetRows),
    targets: Int32Array.from(targets),
    feeds: geometryFeeds(
      spec,
      sequences.map((sequence) => sequence.length),
      length,
    ),
  };
}

/** Cosines and sines follow each sequence's own length: LongRoPE has two regimes. */
function geometryFeeds(spec: ModelSpec, lengths: readonly number[], length: number): Rows["feeds"] {
  const feeds: Feeds = { length: new Tensor("int64", BigInt64Array.of(BigInt(length)), [1]) };
  const { rope } = spec;
  if (rope !== undefined) {
    const positions = Array.from({ length }, (_, position) => position);
    const width = rope.dimension / 2;
    const size = length * width;
    const cos = new Float32Array(lengths.length * size);
    const sin = new Float32Array(cos.length);
    for (const [i, own] of lengths.entries()) {
      const turned = rotations(ropeFrequencies(rope, own), positions);
      cos.set(turned.cos, i * size);
      sin.set(turned.sin, i * size);
    }
    feeds.cos = floats(cos, [1, lengths.length * length, width]);
    feeds.sin = floats(sin, [1, lengths.length * length, width]);
  }
  const byWindow = new Map<number | undefined, Feeds>();
  return (window) => {
    const known = byWindow.get(window);
    if (known !== undefined) return known;
    const mask = floats(causalMask(0, length, length, window), [length, length]);
    byWindow.set(window, { ...feeds, mask });
    return byWindow.get(window) as Feeds;
  };
}

/** A part of the rows, the last ones of each sequence: as a list of its own, and as inputs of a layer graph with some queries. */
export interface QueryRows {
  readonly list: RowList;
  readonly feeds: Rows["feeds"];
}

/** The rows from the first position on that predicts a target in any sequence; undefined: that is all of them. */
export function answeringRows(rows: Rows, spec: ModelSpec): QueryRows | undefined {
  const { sequences, length, count, targetRows } = rows;
  const from = targetRows.reduce((least, row) => Math.min(least, row % length), length - 1);
  if (from <= 0) return undefined;
  const queries = length - from;
  const indices = Int32Array.from({ length: sequences * queries }, (_, i) => {
    return Math.floor(i / queries) * length + from + (i % queries);
  });
  const place = new Int32Array(count).fill(-1);
  for (const [i, row] of indices.entries()) place[row] = i;
  const placesOf = (list: Int32Array): Int32Array => list.map((row) => place[row] as number).filter((at) => at >= 0);
  const list = {
    sequences,
    length: queries,
    count: indices.length,
    real: placesOf(rows.real),
    targetRows: placesOf(targetRows),
    targets: rows.targets,
  };
  return { list, feeds: queryFeeds(rows, spec, indices, from) };
}

function queryFeeds(rows: Rows, { rope }: ModelSpec, indices: Int32Array, from: number): Rows["feeds"] {
  const { length } = rows;
  const queries = length - from;
  return (window) => {
    const feeds: Feeds = {
      ...rows.feeds(window),
      queries: new Tensor("int64", BigInt64Array.of(BigInt(queries)), [1]),
      queryIndices: new Tensor("int64", BigInt64Array.from(indices, BigInt), [indices.length]),
      mask: floats(causalMask(from, queries, length, window), [queries, length]),
    };
    if (rope === undefined) return feeds;
    const width = rope.dimension / 2;
    for (const [name, whole] of [
      ["queryCos", feeds.cos],
      ["querySin", feeds.sin],
    ] as const) {
      const part = new Float32Array(indices.length * width);
      gatherRows(part, floatData(whole as FloatTensor), indices, width);
      feeds[name] = floats(part, [1, indices.length, width]);
    }
    return feeds;
  };
}
