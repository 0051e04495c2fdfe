/** Loss of many sequences, a batch at a time, so that progress can be told and memory does not grow with their number. */
import type { Engine } from "../../moe/engine/engine.ts";

export interface SequenceLoss {
  /** Predicted ids: one fewer than the sequence has. */
  readonly tokens: number;
  readonly loss: number;
}

export interface Measurement {
  /** Mean cross entropy of the next token, natural logarithm, over all predicted ids. */
  readonly loss: number;
  readonly tokens: number;
  readonly perSequence: readonly SequenceLoss[];
}

/** @param onProgress told the number of predicted ids so far */
export async function measureLoss(
  engine: Engine,
  sequences: readonly (readonly number[])[],
  batchSequences: number,
  onProgress: (tokens: number) => void,
  signal: AbortSignal,
): Promise<Measurement> {
  const perSequence: SequenceLoss[] = [];
  let sum = 0;
  let tokens = 0;
  for (let at = 0; at < sequences.length; at += batchSequences) {
    const batch = sequences.slice(at, at + batchSequences);
    const result = await engine.loss(batch, signal);
    for (const [i, loss] of result.perSequence.entries()) {
      perSequence.push({ tokens: (batch[i] as readonly number[]).length - 1, loss });
    }
    sum += result.loss * result.tokens;
    tokens += result.tokens;
    onProgress(tokens);
  }
  return { loss: sum / tokens, tokens, perSequence };
}

/** Consecutive pieces of `length` ids; a last one of a single id predicts nothing and is left out. */
export function cutIntoSequences(ids: readonly number[], length: number): number[][] {
  const pieces: number[][] = [];
  for (let at = 0; at + 1 < ids.length; at += length) pieces.push(ids.slice(at, at + length));
  return pieces.filter((piece) => piece.length > 1);
}
