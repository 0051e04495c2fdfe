/** What a training step is computed on: sequences of token ids, and which of their tokens count as targets. */
import { type TrainingErrorCode, trainingError } from "../errors.ts";

export interface Batch {
  /** At least two tokens each; lengths may differ, but rows are padded to the longest: similar lengths cost least. */
  readonly sequences: readonly (readonly number[])[];
  /**
   * Whether token t of a sequence is a target, that is, whether its predecessor is trained to predict it.
   * Absent: every token but the first. The first entry of a sequence counts as false.
   */
  readonly targets?: readonly (readonly boolean[])[];
}

/** Positions in one batch, so that a wrong file does not take the machine's memory. */
const MAX_BATCH_TOKENS = 16 * 1024 * 1024;

/** Throws `corpus_empty`, `corpus_too_short`, `batch_invalid`, `token_out_of_range`, naming the sequence. */
export function checkBatch(batch: Batch, vocabSize: number): void {
  const { sequences, targets } = batch;
  if (sequences.length === 0) throw trainingError("corpus_empty", "batch: expected at least one sequence, got none");
  if (targets !== undefined && targets.length !== sequences.length) {
    fail("batch_invalid", -1, `expected targets for ${sequences.length} sequences, got ${targets.length}`);
  }
  let tokens = 0;
  for (const [i, sequence] of sequences.entries()) {
    tokens += sequence.length;
    if (sequence.length < 2) fail("corpus_too_short", i, `expected at least 2 tokens, got ${sequence.length}`);
    const wrong = sequence.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabSize);
    if (wrong !== undefined)
      fail("token_out_of_range", i, `expected token ids from 0 to ${vocabSize - 1}, got ${wrong}`);
    const marks = targets?.[i];
    if (marks !== undefined && marks.length !== sequence.length) {
      fail("batch_invalid", i, `expected ${sequence.length} target marks, got ${marks.length}`);
    }
  }
  if (tokens > MAX_BATCH_TOKENS)
    fail("batch_invalid", -1, `expected at most ${MAX_BATCH_TOKENS} tokens, got ${tokens}`);
  if (countTargets(batch) === 0) throw trainingError("corpus_too_short", "batch: no token of it is a target");
}

function fail(code: TrainingErrorCode, sequence: number, reason: string): never {
  const where = sequence < 0 ? "batch" : `batch: sequence ${sequence}`;
  throw trainingError(code, `${where}: ${reason}`, sequence < 0 ? {} : { sequence });
}

export function isTarget(batch: Batch, sequence: number, token: number): boolean {
  return token > 0 && (batch.targets?.[sequence]?.[token] ?? true);
}

export function countTargets(batch: Batch): number {
  let count = 0;
  for (const [i, { length }] of batch.sequences.entries()) {
    for (let token = 1; token < length; token++) if (isTarget(batch, i, token)) count++;
  }
  return count;
}

/** Splits a batch into at most `count` parts of consecutive sequences with about equally many tokens. */
export function splitBatch(batch: Batch, count: number): Batch[] {
  const { sequences, targets } = batch;
  const total = sequences.reduce((sum, { length }) => sum + length, 0);
  const parts: Batch[] = [];
  let [start, tokens] = [0, 0];
  for (const [i, { length }] of sequences.entries()) {
    tokens += length;
    const following = sequences[i + 1]?.length ?? 0;
    const aim = (total * (parts.length + 1)) / count;
    // The part ends here unless the next sequence would bring its end nearer to an even share.
    if (following > 0 && Math.abs(tokens + following - aim) < Math.abs(tokens - aim)) continue;
    parts.push(sliceBatch(sequences, targets, start, i + 1));
    start = i + 1;
  }
  return parts;
}

/** Some sequences of a batch, in the order of `chosen`. */
export function pickSequences({ sequences, targets }: Batch, chosen: Int32Array): Batch {
  const pick = <T>(list: readonly T[]): T[] => Array.from(chosen, (sequence) => list[sequence] as T);
  return { sequences: pick(sequences), ...(targets && { targets: pick(targets) }) };
}

function sliceBatch(sequences: Batch["sequences"], targets: Batch["targets"], start: number, end: number): Batch {
  return {
    sequences: sequences.slice(start, end),
    ...(targets && { targets: targets.slice(start, end) }),
  };
}
