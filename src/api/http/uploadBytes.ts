/**
 * The bytes of an upload as they come. The receiver sets the pace; a client that stalls, or stays below the floor while
 * we wait for it, is cut off. What came until then is kept, so the upload goes on from there.
 */
import type { Request, Response } from "express";
import { apiError } from "../errors/apiError.ts";
import { LIMITS } from "../limits.ts";
import { continueIfAsked } from "./jsonBody.ts";

/** Throws `request_timeout`, `client_gone`. */
export async function* uploadBytes(req: Request, res: Response): AsyncGenerator<Uint8Array, void, undefined> {
  continueIfAsked(req, res);
  const chunks = (req as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  let waitedMs = 0;
  let bytes = 0;
  for (;;) {
    const before = performance.now();
    const chunk = await withDeadline(req, chunks.next());
    if (chunk.done === true) return;
    waitedMs += performance.now() - before;
    bytes += chunk.value.length;
    if (waitedMs > LIMITS.uploadStallMs && (bytes * 1000) / waitedMs < LIMITS.uploadFloorBytesPerSecond) throw late();
    yield chunk.value;
  }
}

async function withDeadline<T>(req: Request, next: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), LIMITS.uploadStallMs);
  });
  try {
    return await Promise.race([next, deadline]);
  } catch (error) {
    if (req.readableAborted) throw apiError("client_gone", "the client went away");
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function late(): Error {
  return apiError("request_timeout", "body: the upload came too slowly; go on where it stopped");
}
