/**
 * Files that the user names as input. Pipes and devices may be named as well: they have no size beforehand, so what is
 * read is counted.
 */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { AiBlockError } from "../../core/errors.ts";
import { inputPieces } from "../../core/inputPieces.ts";

/** For texts, token ids and whatever else has no limit of its own. */
export const MAX_INPUT_BYTES = 256 * 1024 * 1024;

export interface InputOptions {
  /** Default: `MAX_INPUT_BYTES`. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal | undefined;
}

/** The text of a file. Throws `input_too_long`, `bad_text_file`, and as `inputPieces` does. */
export async function readInput(file: string, options: InputOptions = {}): Promise<string> {
  const bytes = await readInputBytes(file, options);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch (cause) {
    throw new AiBlockError("bad_text_file", `${file}: expected UTF-8 text, got other bytes`, { file }, { cause });
  }
}

/** As `readInput`, but the bytes of a file. */
export async function readInputBytes(
  file: string,
  { maxBytes = MAX_INPUT_BYTES, signal }: InputOptions = {},
): Promise<Buffer<ArrayBuffer>> {
  signal?.throwIfAborted();
  const path = resolve(file);
  const stats = await stat(path);
  if (stats.isDirectory()) {
    throw new AiBlockError("bad_text_file", `${file}: expected a file, got a folder`, { file });
  }
  if (stats.size > maxBytes) throw tooLong(file, maxBytes, String(stats.size));
  const parts: Uint8Array[] = [];
  let total = 0;
  for await (const piece of inputPieces(path, { signal })) {
    total += piece.length;
    if (total > maxBytes) throw tooLong(file, maxBytes, "more");
    parts.push(piece);
  }
  return Buffer.concat(parts, total);
}

function tooLong(file: string, maxBytes: number, got: string): AiBlockError {
  return new AiBlockError("input_too_long", `${file}: expected at most ${maxBytes} bytes, got ${got}`, { file });
}
