/**
 * Training one expert: what lies below it is computed once for every sequence and remembered.
 *
 * Only sequences that send a position to the expert depend on it. A step puts their prefixes together, runs the expert,
 * the layers above and the head, and back to the expert; the losses of the other sequences are constants.
 */
import { type Batch, pickSequences } from "../batch/batch.ts";
import { type Rows, rowsOf } from "../batch/rows.ts";
import { gatherRows } from "../memory/gatherRows.ts";
import { runHead } from "./headPass.ts";
import type { LayerRecord } from "./layerPass.ts";
import type { ModelPass } from "./modelPass.ts";
import { factorsOfExpert, type NetworkRun, reverseNetwork, rowsOfExpert, runNetwork } from "./networks.ts";
import type { PassContext } from "./passContext.ts";
import { type Prefix, PrefixCache, sequenceKey } from "./prefixCache.ts";

export interface ExpertForward {
  /** By sequence. */
  readonly lossSums: Float64Array;
  /** Absent when no sequence depends on the expert. */
  readonly dependent: DependentForward | undefined;
}

interface DependentForward {
  readonly expertRows: Int32Array;
  readonly run: NetworkRun;
  readonly records: readonly LayerRecord[];
  readonly dHidden: Float32Array;
}

export class ExpertPass {
  readonly #context: PassContext;
  readonly #model: ModelPass;
  readonly #layer: number;
  readonly #expert: number;
  readonly #cache: PrefixCache;

  constructor(context: PassContext, model: ModelPass, layer: number, expert: number, maxPrefixBytes: number) {
    this.#context = context;
    this.#model = model;
    this.#layer = layer;
    this.#expert = expert;
    this.#cache = new PrefixCache(maxPrefixBytes);
  }

  /** @param factor see `runHead` */
  forward(batch: Batch, factor: number): ExpertForward {
    const prefixes = this.#findPrefixes(batch);
    const lossSums = Float64Array.from(prefixes, ({ constantLoss }) => constantLoss);
    const sequences = Int32Array.from(prefixes.keys().filter((i) => prefixes[i]!.positions.length > 0));
    if (sequences.length === 0) return { lossSums, dependent: undefined };
    const rows = rowsOf(pickSequences(batch, sequences), this.#context.spec);
    const chosen = Array.from(sequences, (sequence) => prefixes[sequence] as Prefix);
    const { hidden, expertRows, run } = this.#runExpert(rows, chosen);
    const above = this.#model.run(rows, hidden, { first: this.#layer + 1, keep: true, answersOnly: true });
    const head = runHead(this.#context, above.list, above.hidden, factor);
    for (const [i, sequence] of sequences.entries()) lossSums[sequence] = head.lossSums[i] as number;
    const dHidden = head.dHidden as Float32Array;
    return { lossSums, dependent: { expertRows, run, records: above.records, dHidden } };
  }

  /** Adds the gradients of the expert's weights. */
  reverse({ dependent }: ExpertForward): void {
    if (dependent === undefined) return;
    const { expertRows, run, records, dHidden } = dependent;
    const { scratch, spec } = this.#context;
    const dOut = this.#model.reverse(records, dHidden, () => {});
    const dy = scratch.take(expertRows.length * spec.hiddenSize);
    gatherRows(dy, dOut, expertRows, spec.hiddenSize, spec.multipliers.residual);
    reverseNetwork(this.#context, run, dy);
  }

  /** Puts the prefixes together and adds the expert's part. */
  #runExpert(rows: Rows, prefixes: readonly Prefix[]) {
    const { scratch, spec, memory } = this.#context;
    const width = spec.hiddenSize;
    const entries = prefixes.reduce((count, { positions }) => count + positions.length, 0);
    const hidden = scratch.zeros(rows.count * width);
    const x = scratch.take(entries * width);
    const factors = scratch.take(entries);
    const expertRows = new Int32Array(entries);
    let at = 0;
    for (const [i, prefix] of prefixes.entries()) {
      hidden.set(prefix.base, i * rows.length * width);
      x.set(prefix.x, at * width);
      factors.set(prefix.factors, at);
      for (const position of prefix.positions) expertRows[at++] = i * rows.length + position;
    }
    const slot = `layer${this.#layer}.expert${this.#expert}`;
    const options = { keep: true, reverseInputs: false };
    const { y, run } = runNetwork(this.#context, "expert", slot, { x, factors }, options);
    memory.scatterAddRows(hidden, y, expertRows, width, spec.multipliers.residual);
    return { hidden, expertRows, run };
  }

  #findPrefixes(batch: Batch): Prefix[] {
    const keys = batch.sequences.map((tokens, i) => sequenceKey(tokens, batch.targets?.[i]));
    const found = keys.map((key) => this.#cache.get(key));
    const missing = Int32Array.from(found.keys().filter((i) => found[i] === undefined));
    if (missing.length > 0) {
      const computed = this.#computePrefixes(pickSequences(batch, missing));
      for (const [i, sequence] of missing.entries()) {
        found[sequence] = computed[i];
        this.#cache.set(keys[sequence] as string, computed[i] as Prefix);
      }
    }
    return found as Prefix[];
  }

  #computePrefixes(batch: Batch): Prefix[] {
    const { spec } = this.#context;
    const width = spec.hiddenSize;
    const rows = rowsOf(batch, spec);
    const layer = this.#model.layers[this.#layer]!;
    const below = this.#model.run(rows, this.#model.embed(rows), { end: this.#layer, keep: false });
    const attended = layer.attend(rows, below.hidden, false);
    const { hidden } = layer.feedForward(attended, false, this.#expert);
    const { groups } = attended.routed!;
    const expertRows = rowsOfExpert(groups, this.#expert);
    const factors = factorsOfExpert(groups, this.#expert);
    // Rows of one sequence follow each other within an expert's group.
    return batch.sequences.map(({ length }, i) => {
      const start = i * rows.length;
      const from = expertRows.findIndex((row) => row >= start);
      const after = expertRows.findIndex((row) => row >= start + length);
      const own = from < 0 ? new Int32Array(0) : expertRows.slice(from, after < 0 ? undefined : after);
      const base = hidden.slice(start * width, (start + length) * width);
      if (own.length === 0) {
        const constantLoss = this.#lossAbove(pickSequences(batch, Int32Array.of(i)), base);
        return { ...NOTHING, constantLoss };
      }
      const x = new Float32Array(own.length * width);
      gatherRows(x, attended.normed, own, width);
      const positions = own.map((row) => row - start);
      return { base, positions, x, factors: factors.slice(from, from + own.length), constantLoss: 0 };
    });
  }

  /** The sum of losses of one sequence, from its residual stream after the expert's layer. */
  #lossAbove(batch: Batch, base: Float32Array): number {
    const rows = rowsOf(batch, this.#context.spec);
    const input = this.#context.scratch.take(base.length);
    input.set(base);
    const range = { first: this.#layer + 1, keep: false, answersOnly: true };
    const { hidden, list } = this.#model.run(rows, input, range);
    return runHead(this.#context, list, hidden).lossSums[0] as number;
  }
}

const NOTHING = {
  base: new Float32Array(0),
  positions: new Int32Array(0),
  x: new Float32Array(0),
  factors: new Float32Array(0),
};
