/**
 * Files that the user names as input. Pipes and devices may be named as well: they have no size beforehand, so what is
 * read is counted, and a pipe into which nobody writes can be left at any time.
 */
import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { open, stat } from "node:fs/promises";
import { Socket } from "node:net";
import { resolve } from "node:path";
import { addAbortSignal } from "node:stream";
import { AiBlockError } from "../../core/errors.ts";

/** For texts, token ids and whatever else has no limit of its own. */
export const MAX_INPUT_BYTES = 256 * 1024 * 1024;
const READ_BYTES = 1024 * 1024;

export interface InputOptions {
  /** Default: `MAX_INPUT_BYTES`. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal | undefined;
}

/** The text of a file. Throws `input_too_long`, `bad_text_file`, the system's errors, and the signal's reason. */
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
  for await (const piece of stats.isFIFO() ? pipePieces(path, signal) : filePieces(path, signal)) {
    total += piece.length;
    if (total > maxBytes) throw tooLong(file, maxBytes, "more");
    parts.push(piece);
  }
  return Buffer.concat(parts, total);
}

async function* filePieces(path: string, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array, void> {
  const handle = await open(path, "r");
  try {
    for (;;) {
      signal?.throwIfAborted();
      const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafeSlow(READ_BYTES), 0, READ_BYTES, null);
      if (bytesRead === 0) return;
      yield bytesRead < READ_BYTES ? Buffer.from(buffer.subarray(0, bytesRead)) : buffer;
    }
  } finally {
    await handle.close();
  }
}

/** Opening a pipe the usual way waits for somebody who writes, in a thread that nothing can end. */
async function* pipePieces(path: string, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array, void> {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  if (!fstatSync(fd).isFIFO()) {
    closeSync(fd);
    throw new AiBlockError("input_changed", `${path}: expected the pipe that was there, got another file`, { path });
  }
  const pipe = new Socket({ fd, readable: true, writable: false });
  if (signal !== undefined) addAbortSignal(signal, pipe);
  try {
    yield* pipe as AsyncIterable<Uint8Array>;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    pipe.destroy();
  }
}

function tooLong(file: string, maxBytes: number, got: string): AiBlockError {
  return new AiBlockError("input_too_long", `${file}: expected at most ${maxBytes} bytes, got ${got}`, { file });
}
