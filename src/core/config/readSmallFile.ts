/**
 * A small file that the user names, read while this thread waits: before the configuration is known nothing can be stopped
 * in order. So what is read is counted, since a device has no end, and a pipe gets a few seconds until somebody writes into
 * it. Whoever does (a shell's `<(…)`, which may ask a person first) has all the time it wants.
 */
import { closeSync, constants, fstatSync, openSync, readSync, statSync } from "node:fs";
import { errorCode } from "../errors.ts";

/** How long a pipe may have nobody who writes into it. */
export const PIPE_WAIT_MS = 10_000;
const PAUSE_MS = 20;

/** The file's text. Throws the system's errors, and an `Error` with a sentence for one that is too long or silent. */
export function readSmallFile(path: string, maxBytes: number, pipeWaitMs = PIPE_WAIT_MS): string {
  // Opening a pipe the usual way waits for somebody who writes.
  const fd = openSync(path, constants.O_RDONLY | (statSync(path).isFIFO() ? constants.O_NONBLOCK : 0));
  try {
    const stats = fstatSync(fd);
    if (stats.isFile() && stats.size > maxBytes) throw tooLong(maxBytes, String(stats.size));
    const deadline = performance.now() + pipeWaitMs;
    const pause = new Int32Array(new SharedArrayBuffer(4));
    const bytes = Buffer.alloc(maxBytes + 1);
    let length = 0;
    for (;;) {
      const read = readNow(fd, bytes, length);
      if (read === 0 && (length > 0 || !stats.isFIFO())) return bytes.toString("utf8", 0, length);
      length += read ?? 0;
      if (length > maxBytes) throw tooLong(maxBytes, "more");
      if (read === 0 && performance.now() > deadline) {
        throw new Error("expected somebody who writes into it, got nobody");
      }
      if (read === undefined || read === 0) Atomics.wait(pause, 0, 0, PAUSE_MS);
    }
  } finally {
    closeSync(fd);
  }
}

/** How much came; 0 where nobody writes (any more), and `undefined` where somebody does but has nothing yet. */
function readNow(fd: number, into: Buffer, at: number): number | undefined {
  try {
    return readSync(fd, into, at, into.length - at, null);
  } catch (error) {
    if (errorCode(error) === "EAGAIN") return undefined;
    throw error;
  }
}

function tooLong(maxBytes: number, got: string): Error {
  return new Error(`expected at most ${maxBytes} bytes, got ${got}`);
}
