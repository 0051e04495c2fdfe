/**
 * An answer as server-sent events. The stream begins with the answer, or before it with `progress` events for who wants
 * them, as when an engine has to be loaded first. What goes wrong before the stream has begun is thrown and gets a status
 * of its own; after that it is the last event.
 */
import type { Response } from "express";
import type { ApiContext } from "../context.ts";
import type { ChatRequest } from "../services/chat.ts";
import { EventStream } from "../sse/eventStream.ts";
import { ProgressEvents } from "../sse/progressEvents.ts";
import { type Answer, openAnswer } from "./openAnswer.ts";
import { sendAnswerError } from "./sendAnswerError.ts";

export interface StreamedAnswer {
  readonly answer: Answer;
  readonly stream: EventStream;
  /** For who wants them; to be settled before each event. */
  readonly progress: ProgressEvents | undefined;
}

/** Runs `send`, which sends the events of the answer. Throws as `openAnswer`. */
export async function streamAnswer(
  context: ApiContext,
  res: Response,
  request: ChatRequest,
  wantsProgress: boolean,
  send: (streamed: StreamedAnswer) => Promise<void>,
): Promise<undefined> {
  const begun: { stream?: EventStream } = {};
  const begin = (): EventStream => {
    begun.stream ??= new EventStream(res);
    return begun.stream;
  };
  const progress = wantsProgress ? new ProgressEvents(begin) : undefined;
  let answer: Answer | undefined;
  try {
    const options = { operation: "chat", streams: true, onProgress: progress?.report } as const;
    answer = await openAnswer(context, res, request, options);
    await progress?.settle();
    await send({ answer, stream: begin(), progress });
  } catch (error) {
    await progress?.settle();
    if (begun.stream === undefined) throw error;
    await sendAnswerError(context, res, begun.stream, error, "error");
  } finally {
    begun.stream?.end();
    answer?.close();
  }
  return undefined;
}
