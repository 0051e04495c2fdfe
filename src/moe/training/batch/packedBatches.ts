/**
 * Batches of one length from documents that are joined end to end: every position is used, and documents meet within a
 * sequence. Each epoch has the documents in another order.
 *
 * Invariant: the batch of a step depends on documents, options and step only, so a run can continue anywhere.
 */
import { trainingError } from "../errors.ts";
import { RandomSource } from "../random.ts";
import type { Batch } from "./batch.ts";

export interface Document {
  readonly tokens: readonly number[];
  /** Whether each token is to be learned; absent: all are. */
  readonly targets?: readonly boolean[];
}

export interface PackedOptions {
  /** Tokens of a sequence. */
  readonly length: number;
  /** Sequences of a batch. */
  readonly sequences: number;
  readonly seed: number;
}

export interface BatchSeries {
  readonly stepsPerEpoch: number;
  /** The batch of update number `step`, from 1 on. */
  batch(step: number): Batch;
}

/** Throws `corpus_empty`, and `corpus_too_short` when the documents do not fill one batch. */
export function packedBatches(documents: readonly Document[], { length, sequences, seed }: PackedOptions): BatchSeries {
  if (documents.length === 0) throw trainingError("corpus_empty", "documents: expected at least one, got none");
  const tokens = documents.reduce((total, document) => total + document.tokens.length, 0);
  const stepsPerEpoch = Math.floor(tokens / (length * sequences));
  if (stepsPerEpoch === 0) {
    const text = `documents: expected at least ${length * sequences} tokens for one batch, got ${tokens}`;
    throw trainingError("corpus_too_short", text, { tokens, needed: length * sequences });
  }
  let known: { readonly epoch: number; readonly stream: Stream } | undefined;
  return {
    stepsPerEpoch,
    batch(step) {
      const epoch = Math.floor((step - 1) / stepsPerEpoch);
      if (known?.epoch !== epoch) known = { epoch, stream: joinDocuments(documents, tokens, seed, epoch) };
      const { ids, marks } = known.stream;
      const first = ((step - 1) % stepsPerEpoch) * length * sequences;
      const starts = Array.from({ length: sequences }, (_, i) => first + i * length);
      return {
        sequences: starts.map((start) => Array.from(ids.subarray(start, start + length))),
        targets: starts.map((start) => Array.from(marks.subarray(start, start + length), Boolean)),
      };
    },
  };
}

interface Stream {
  readonly ids: Int32Array;
  /** 1 where a token is a target. */
  readonly marks: Uint8Array;
}

function joinDocuments(documents: readonly Document[], tokens: number, seed: number, epoch: number): Stream {
  const stream = { ids: new Int32Array(tokens), marks: new Uint8Array(tokens).fill(1) };
  let at = 0;
  for (const index of new RandomSource(seed, `epoch ${epoch}`).permutation(documents.length)) {
    const { tokens: ids, targets } = documents[index] as Document;
    stream.ids.set(ids, at);
    if (targets !== undefined) stream.marks.set(Uint8Array.from(targets, Number), at);
    at += ids.length;
  }
  return stream;
}
