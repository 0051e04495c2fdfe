/**
 * One answer: prepared, so that every mistake is known before the first byte of it; then run. It ends when its client
 * goes away, when it takes too long, or when the server closes, and the engine stops within a step. What it took is
 * measured and counted towards its caller's limits.
 */
import type { Response } from "express";
import { watchEvents } from "../../core/watchedEvents.ts";
import { type ApiContext, localsOf } from "../context.ts";
import { apiError } from "../errors/apiError.ts";
import { LIMITS } from "../limits.ts";
import type { ChatEvent, ChatProgress, ChatRequest, PreparedChat } from "../services/chat.ts";
import { measureAnswer } from "./measureAnswer.ts";

export type Operation = "chat" | "text_completion";

export interface Answer {
  readonly prepared: PreparedChat;
  /** The id of the request in headers, log and answer. */
  readonly requestId: string;
  /** The events; once. `onProgress` is told of what happens before the first token. */
  events(onProgress?: (progress: ChatProgress) => void): AsyncGenerator<ChatEvent, void, undefined>;
  /** Releases everything. Has to be called, and may be twice. */
  close(): void;
}

export interface AnswerOptions {
  readonly operation: Operation;
  readonly streams: boolean;
  /** Told of what happens before the answer is prepared. */
  readonly onProgress?: ((progress: ChatProgress) => void) | undefined;
}

/** Throws what `ChatService.prepare` throws, `node_closing`, `overloaded`, `too_many_streams`, `client_gone`. */
export async function openAnswer(
  context: ApiContext,
  res: Response,
  request: ChatRequest,
  { operation, streams, onProgress }: AnswerOptions,
): Promise<Answer> {
  const { services, answers, rateLimits, metrics, clock, recent } = context;
  const { caller, requestId, route: address } = localsOf(res);
  const controller = new AbortController();
  const running = { caller: caller.name, abort: (reason: Error) => controller.abort(reason) };
  answers.begin(running, rateLimits.streams);
  const onClose = (): void => {
    if (!res.writableFinished) controller.abort(apiError("client_gone", "the client went away"));
  };
  // Of the response: a listener on a request that was read to its end is never called.
  res.on("close", onClose);
  const limitMs = streams ? LIMITS.streamMs : LIMITS.wholeAnswerMs;
  const timer = setTimeout(() => {
    controller.abort(apiError("generation_timeout", `the answer took longer than ${limitMs} ms`));
  }, limitMs);
  let prepared: PreparedChat | undefined;
  const close = (): void => {
    clearTimeout(timer);
    res.off("close", onClose);
    prepared?.release();
    answers.end(running);
  };
  const startedMs = clock.monotonicMs();
  try {
    if (res.destroyed) throw apiError("client_gone", "the client went away");
    prepared = await services.chat.prepare(request, controller.signal, onProgress);
    controller.signal.throwIfAborted();
  } catch (error) {
    close();
    metrics.answerFailed(operation, error);
    throw error;
  }
  const opened = prepared;
  const measure = measureAnswer({ metrics, clock, recent, requestId, address, startedMs, operation, prepared });
  return {
    prepared,
    requestId,
    close,
    events: (onProgress) =>
      watchEvents(opened.run(controller.signal, onProgress), {
        ...measure,
        event: (event) => {
          measure.event?.(event);
          if (event.type !== "done") return;
          const { promptTokens, completionTokens } = event.usage;
          rateLimits.tokens?.spend(caller.name, promptTokens + completionTokens);
        },
      }),
  };
}
