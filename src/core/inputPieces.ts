/**
 * The bytes of a file that the user names, for those who read it to its end. It may be a pipe, which a shell's `<(…)` and
 * mkfifo make. Opening one the usual way waits for somebody who writes, in a thread that nothing can end. So it is opened
 * without waiting, and gets a few seconds until somebody writes into it; whoever does has all the time it wants.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { stat } from "node:fs/promises";
import { Socket } from "node:net";
import { addAbortSignal } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { PIPE_WAIT_MS } from "./config/readSmallFile.ts";
import { AiBlockError, errorCode } from "./errors.ts";
import { filePieces } from "./filePieces.ts";

const PAUSE_MS = 20;
const FIRST_PIECE_BYTES = 64 * 1024;

export interface InputPiecesOptions {
  readonly signal?: AbortSignal | undefined;
  /** How long a pipe may have nobody who writes into it. Default: `PIPE_WAIT_MS`. */
  readonly pipeWaitMs?: number;
}

/**
 * Pieces of up to 1 MiB, none of them empty. Throws `pipe_silent` for a pipe into which nobody writes, the system's errors,
 * and the signal's reason between two pieces; where a pipe is waited for, at once.
 */
export async function* inputPieces(
  path: string,
  { signal, pipeWaitMs = PIPE_WAIT_MS }: InputPiecesOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  signal?.throwIfAborted();
  const pieces = (await stat(path)).isFIFO() ? pipePieces(path, signal, pipeWaitMs) : filePieces(path);
  for await (const piece of pieces) {
    signal?.throwIfAborted();
    yield piece;
  }
}

async function* pipePieces(path: string, signal: AbortSignal | undefined, waitMs: number): AsyncGenerator<Uint8Array> {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  let pipe: Socket | undefined;
  try {
    if (!fstatSync(fd).isFIFO()) {
      throw new AiBlockError("input_changed", `${path}: expected the pipe that was there, got another file`, { path });
    }
    const first = await firstPiece(path, fd, signal, waitMs);
    if (first.length > 0) yield first;
    pipe = new Socket({ fd, readable: true, writable: false });
    if (signal !== undefined) addAbortSignal(signal, pipe);
    yield* pipe as AsyncIterable<Uint8Array>;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    if (pipe === undefined) closeSync(fd);
    else pipe.destroy();
  }
}

/** What somebody has written; empty when somebody is there who has not written yet. */
async function firstPiece(
  path: string,
  fd: number,
  signal: AbortSignal | undefined,
  waitMs: number,
): Promise<Uint8Array> {
  const deadlineMs = performance.now() + waitMs;
  const bytes = Buffer.allocUnsafeSlow(FIRST_PIECE_BYTES);
  for (;;) {
    try {
      const length = readSync(fd, bytes);
      if (length > 0) return bytes.subarray(0, length);
    } catch (error) {
      if (errorCode(error) === "EAGAIN") return bytes.subarray(0, 0);
      throw error;
    }
    if (performance.now() > deadlineMs) {
      const message = `${path}: expected somebody who writes into the pipe, got nobody for ${waitMs / 1000} s`;
      throw new AiBlockError("pipe_silent", message, { path });
    }
    await setTimeout(PAUSE_MS, undefined, { signal });
  }
}
