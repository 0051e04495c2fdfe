/** An error after the answer has begun: the status is gone, so it is the stream's last event. */
import type { Response } from "express";
import { type ApiContext, localsOf } from "../context.ts";
import { answerError } from "../errors/apiError.ts";
import type { EventStream } from "../sse/eventStream.ts";

/** Never throws: the client may be what failed. */
export async function sendAnswerError(
  { logger }: ApiContext,
  res: Response,
  stream: EventStream,
  error: unknown,
  event?: string,
): Promise<void> {
  const { requestId, route } = localsOf(res);
  const { body, unexpected } = answerError(error, requestId);
  if (unexpected) logger.error({ requestId, route, err: error }, "an answer failed");
  if (res.destroyed) return;
  await stream.send(body, event).catch(() => undefined);
}
