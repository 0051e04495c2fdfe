/** The file of `--tokens`: a JSON array of arrays of token ids. Everything wrong is told with its place. */
import { excerpt } from "../../core/bytes.ts";
import { AiBlockError, errorMessage } from "../../core/errors.ts";
import type { ModelSpec } from "../../moe/model/spec.ts";
import { readInput } from "../framework/readInput.ts";

/** Throws `bad_tokens_file`, `bad_text_file`, `input_too_long`, and the codes of the file system. */
export async function readTokensFile(
  file: string,
  { vocabSize, maxPositions }: ModelSpec,
  signal?: AbortSignal,
): Promise<number[][]> {
  const text = await readInput(file, { signal });
  const fail = (message: string): AiBlockError => new AiBlockError("bad_tokens_file", `${file}: ${message}`, { file });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw fail(`expected JSON (${errorMessage(cause)})`);
  }
  if (!Array.isArray(value)) throw fail(`expected an array of arrays of token ids, got ${shown(value)}`);
  if (value.length === 0) throw fail("expected an array of arrays of token ids, got none");
  for (const [i, sequence] of (value as unknown[]).entries()) {
    if (!Array.isArray(sequence)) throw fail(`[${i}]: expected an array of token ids, got ${shown(sequence)}`);
    if (sequence.length < 2)
      throw fail(`[${i}]: expected at least 2 ids, of which the last is predicted, got ${sequence.length}`);
    if (sequence.length > maxPositions) {
      throw fail(`[${i}]: expected at most the model's ${maxPositions} positions, got ${sequence.length}`);
    }
    for (const [j, id] of (sequence as unknown[]).entries()) {
      if (Number.isSafeInteger(id) && (id as number) >= 0 && (id as number) < vocabSize) continue;
      throw fail(`[${i}][${j}]: expected a token id from 0 to ${vocabSize - 1}, got ${shown(id)}`);
    }
  }
  return value as number[][];
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" && value !== null ? "an object" : excerpt(value);
}
