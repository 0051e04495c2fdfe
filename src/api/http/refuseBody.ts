/**
 * Answers a request whose body is not worth reading. A connection that is closed while its client still sends is reset,
 * and the client loses the answer with it; so what comes is thrown away for a while, until the client has noticed.
 */
import type { IncomingMessage } from "node:http";
import type { Request, Response } from "express";
import { LIMITS } from "../limits.ts";

/** Whether a body comes with the request, whatever has come of it so far. */
export function hasBody({ headers }: IncomingMessage): boolean {
  const { "content-length": length = "0", "transfer-encoding": transfer } = headers;
  return length !== "0" || transfer !== undefined;
}

/** Sends `body` as the whole answer; the connection ends with it. */
export function answerUnread(req: Request, res: Response, body: string): void {
  res.setHeader("connection", "close");
  res.setHeader("content-length", Buffer.byteLength(body));
  let discardedBytes = 0;
  const end = (): void => {
    clearTimeout(timer);
    clearTimeout(silence);
    req.off("data", discard);
    res.end();
  };
  const discard = (chunk: Buffer): void => {
    discardedBytes += chunk.length;
    silence.refresh();
    if (discardedBytes > LIMITS.lingerBytes) end();
  };
  const timer = setTimeout(end, LIMITS.lingerMs);
  const silence = setTimeout(end, LIMITS.lingerSilenceMs);
  req.on("data", discard).on("end", end).on("close", end);
  if (req.method === "HEAD") res.flushHeaders();
  else res.write(body);
  req.resume();
}
