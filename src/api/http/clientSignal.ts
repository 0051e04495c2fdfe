/** A signal that says that the client went away before its answer. */
import type { Response } from "express";
import { apiError } from "../errors/apiError.ts";

export function clientSignal(res: Response): AbortSignal {
  const controller = new AbortController();
  const gone = (): void => controller.abort(apiError("client_gone", "the client went away"));
  if (res.destroyed) gone();
  // Of the response: `close` of a request that was read to its end comes too early or never.
  res.on("close", () => {
    if (!res.writableFinished) gone();
  });
  return controller.signal;
}
