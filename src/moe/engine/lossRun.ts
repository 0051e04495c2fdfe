/**
 * Mean cross entropy of the next token. The last position of a sequence has no target, but it is computed and routed
 * all the same.
 */
import { AiBlockError } from "../../core/errors.ts";
import type { ModelSpec } from "../model/spec.ts";
import { logSumExp } from "../sampling/logprobs.ts";
import type { Crew } from "./crew.ts";
import type { Decoder, StepSequence } from "./decoder.ts";
import type { ModelState } from "./modelState.ts";
import type { ResolvedOptions } from "./options.ts";
import type { LossResult } from "./protocol.ts";
import { checkIds, maxRowsAt } from "./steps.ts";
import { yieldToMessages } from "./turns.ts";

export interface LossOptions {
  readonly spec: ModelSpec;
  readonly options: ResolvedOptions;
  readonly crew: Crew;
  readonly decoder: Decoder;
  readonly newSequenceNumber: () => number;
}

/** What is fed instead of embeddings, and from which layer on; or where to leave what came in there. */
export interface HiddenInputs {
  readonly layer: number;
  /** Inputs of that layer, [positions of all sequences][hiddenSize]. */
  readonly rows: Float32Array;
}

/** Most tokens of one call. */
const MAX_TOKENS = 4 * 1024 * 1024;

/** Throws `engine_is_slice`, `bad_sequences`, `bad_token_id`, `context_too_long`. */
export function checkSequences(
  spec: ModelSpec,
  options: ResolvedOptions,
  sequences: readonly (readonly number[])[],
): void {
  if (options.firstLayer !== 0 || options.lastLayer !== spec.layers.length - 1) {
    throw new AiBlockError("engine_is_slice", "a loss needs all layers, this engine holds a part of them");
  }
  if (sequences.length === 0 || sequences.some(({ length }) => length < 2)) {
    throw new AiBlockError("bad_sequences", "sequences: expected at least one, each of at least two tokens");
  }
  const total = sequences.reduce((sum, { length }) => sum + length, 0);
  if (total > MAX_TOKENS) throw new AiBlockError("bad_sequences", `sequences: expected at most ${MAX_TOKENS} tokens`);
  for (const ids of sequences) {
    checkIds(ids, spec.vocabSize);
    if (ids.length <= spec.maxPositions) continue;
    throw new AiBlockError("context_too_long", `sequences: ${ids.length} tokens exceed ${spec.maxPositions} positions`);
  }
}

interface Piece {
  readonly index: number;
  readonly from: number;
  readonly rows: number;
  /** Its first position among the positions of all sequences. */
  readonly offset: number;
}

export class LossRun {
  readonly #with: LossOptions;
  readonly #sequences: readonly (readonly number[])[];
  readonly #sums: Float64Array;
  readonly #numbers: number[];

  constructor(options: LossOptions, sequences: readonly (readonly number[])[]) {
    this.#with = options;
    this.#sequences = sequences;
    this.#sums = new Float64Array(sequences.length);
    this.#numbers = sequences.map(() => options.newSequenceNumber());
  }

  /**
   * Runs inside a turn.
   * @param input where to begin instead of at the embedding
   * @param capture a layer whose inputs are left in `capture.rows`
   */
  async run(
    state: ModelState,
    signal: AbortSignal,
    { input, capture }: { readonly input?: HiddenInputs; readonly capture?: HiddenInputs } = {},
  ): Promise<LossResult> {
    try {
      for (const batch of this.#batches()) {
        await this.#step(state, batch, signal, input, capture);
        await yieldToMessages();
      }
    } finally {
      for (const number of this.#numbers) this.#with.crew.truncate(number, 0);
    }
    const counts = this.#sequences.map(({ length }) => length - 1);
    const tokens = counts.reduce((sum, count) => sum + count, 0);
    const loss = this.#sums.reduce((sum, value) => sum + value, 0) / tokens;
    return { loss, tokens, perSequence: counts.map((count, i) => (this.#sums[i] as number) / count) };
  }

  /** Pieces of sequences packed into steps; a long sequence is spread over several. */
  *#batches(): Generator<Piece[]> {
    const { options, spec } = this.#with;
    let batch: Piece[] = [];
    let free = options.prefillRows;
    let offset = 0;
    for (const [index, ids] of this.#sequences.entries()) {
      for (let from = 0; from < ids.length; ) {
        const rows = Math.min(ids.length - from, free, maxRowsAt(spec, ids.length));
        batch.push({ index, from, rows, offset: offset + from });
        from += rows;
        free -= rows;
        // A step has at most one piece of a sequence.
        if (from === ids.length && free > 0 && batch.length < options.maxSequences) continue;
        yield batch;
        batch = [];
        free = options.prefillRows;
      }
      offset += ids.length;
    }
    if (batch.length > 0) yield batch;
  }

  async #step(
    state: ModelState,
    batch: readonly Piece[],
    signal: AbortSignal,
    input: HiddenInputs | undefined,
    capture: HiddenInputs | undefined,
  ): Promise<void> {
    const { crew, decoder, options, spec } = this.#with;
    const size = spec.hiddenSize;
    const { hidden } = crew.exchange;
    let firstRow = 0;
    const steps: StepSequence[] = [];
    for (const { index, from, rows, offset } of batch) {
      const ids = this.#sequences[index] as readonly number[];
      const at = hidden.subarray(firstRow * size, (firstRow + rows) * size);
      if (input === undefined) await state.embedding?.lookUp(ids.slice(from, from + rows), at, signal);
      else at.set(input.rows.subarray(offset * size, (offset + rows) * size));
      const sequence = this.#numbers[index] as number;
      steps.push({ sequence, firstRow, rows, start: from, ropeLength: ids.length });
      firstRow += rows;
    }
    const leave = (): void => {
      for (const [i, { offset, rows }] of batch.entries()) {
        const first = steps[i]?.firstRow as number;
        capture?.rows.set(hidden.subarray(first * size, (first + rows) * size), offset * size);
      }
    };
    if (capture?.layer === 0) leave();
    await decoder.step(state, steps, {
      firstLayer: input?.layer ?? 0,
      lastLayer: options.lastLayer,
      topK: options.topK,
      prefetch: options.prefetch,
      signal,
      onLayer: ({ layer }) => {
        if (layer + 1 === capture?.layer) leave();
      },
    });
    this.#addLosses(state, batch, steps);
  }

  #addLosses(state: ModelState, batch: readonly Piece[], steps: readonly { readonly firstRow: number }[]): void {
    const rows: number[] = [];
    const targets = new Map<number, { readonly index: number; readonly target: number }>();
    for (const [i, { index, from, rows: count }] of batch.entries()) {
      const ids = this.#sequences[index] as readonly number[];
      for (let row = 0; row < count && from + row + 1 < ids.length; row++) {
        const at = (steps[i]?.firstRow as number) + row;
        rows.push(at);
        targets.set(at, { index, target: ids[from + row + 1] as number });
      }
    }
    this.#with.decoder.logits(state, rows, (row, logits) => {
      const { index, target } = targets.get(row) as { index: number; target: number };
      const loss = logSumExp(logits) - (logits[target] as number);
      if (!Number.isFinite(loss)) {
        throw new AiBlockError("non_finite_logits", `logits: expected finite numbers, got a loss of ${loss}`);
      }
      this.#sums[index] = (this.#sums[index] as number) + loss;
    });
  }
}
