/** The file of `--tokens`: a JSON array of arrays of token ids. Everything wrong is told with its place. */
import { open } from "node:fs/promises";
import { resolve } from "node:path";
import { excerpt } from "../../core/bytes.ts";
import { AiBlockError, errorMessage } from "../../core/errors.ts";
import type { ModelSpec } from "../../moe/model/spec.ts";

export const MAX_INPUT_BYTES = 256 * 1024 * 1024;
const READ_BYTES = 1024 * 1024;

/** Throws `bad_tokens_file`, `bad_text_file`, `input_too_long`, and the codes of the file system. */
export async function readTokensFile(
  file: string,
  { vocabSize, maxPositions }: ModelSpec,
  signal?: AbortSignal,
): Promise<number[][]> {
  const text = await readInput(file, signal);
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

/** The text of a file of at most `MAX_INPUT_BYTES`. Throws `input_too_long` and `bad_text_file`. */
export async function readInput(file: string, signal?: AbortSignal): Promise<string> {
  const bytes = await readBytes(file, signal);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch (cause) {
    throw new AiBlockError("bad_text_file", `${file}: expected UTF-8 text, got other bytes`, { file }, { cause });
  }
}

/** Pipes and devices may be named as well. They have no size beforehand, so what is read is counted. */
async function readBytes(file: string, signal: AbortSignal | undefined): Promise<Buffer> {
  const handle = await open(resolve(file), "r");
  try {
    const stats = await handle.stat();
    if (stats.isDirectory()) {
      throw new AiBlockError("bad_text_file", `${file}: expected a file, got a folder`, { file });
    }
    if (stats.size > MAX_INPUT_BYTES) throw tooLong(file, String(stats.size));
    const parts: Buffer[] = [];
    for (let total = 0; ; ) {
      signal?.throwIfAborted();
      const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafeSlow(READ_BYTES), 0, READ_BYTES, null);
      if (bytesRead === 0) return Buffer.concat(parts, total);
      total += bytesRead;
      if (total > MAX_INPUT_BYTES) throw tooLong(file, "more");
      parts.push(bytesRead < READ_BYTES ? Buffer.from(buffer.subarray(0, bytesRead)) : buffer);
    }
  } finally {
    await handle.close();
  }
}

function tooLong(file: string, got: string): AiBlockError {
  return new AiBlockError("input_too_long", `${file}: expected at most ${MAX_INPUT_BYTES} bytes, got ${got}`, { file });
}
