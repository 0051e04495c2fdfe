/**
 * Passes the events of an answer on, and measures it: duration, time to the first token, tokens, experts. However it
 * ends, it is then among the recent answers.
 */
import type { Clock } from "../../core/clock.ts";
import { errorCode } from "../../core/errors.ts";
import type { ApiMetrics } from "../metrics/apiMetrics.ts";
import type { ChatEvent, ChatProgress, PreparedChat } from "../services/chat.ts";
import type { Operation } from "./openAnswer.ts";
import type { EndedAnswer, RecentAnswers } from "./recentAnswers.ts";

interface Measured {
  readonly metrics: ApiMetrics;
  readonly clock: Clock;
  readonly recent: RecentAnswers;
  readonly requestId: string;
  /** Template of the route. */
  readonly address: string;
  readonly startedMs: number;
  readonly operation: Operation;
  readonly prepared: PreparedChat;
}

export async function* measureAnswer(
  { metrics, clock, recent, requestId, address, startedMs, operation, prepared }: Measured,
  signal: AbortSignal,
  onProgress?: (progress: ChatProgress) => void,
): AsyncGenerator<ChatEvent, void, undefined> {
  const labels = { gen_ai_operation_name: operation, gen_ai_request_model: prepared.model };
  const elapsedSeconds = (): number => (clock.monotonicMs() - startedMs) / 1000;
  let errorType = "client_gone";
  let reason = "";
  let firstSeconds: number | undefined;
  let lastSeconds = 0;
  let completionTokens = 0;
  metrics.tokens.inc({ type: "input" }, prepared.promptTokens);
  try {
    for await (const event of prepared.run(signal, onProgress)) {
      if (event.type === "text" && event.tokens.length > 0) {
        metrics.tokens.inc({ type: "output" }, event.tokens.length);
        completionTokens += event.tokens.length;
        lastSeconds = elapsedSeconds();
        if (firstSeconds === undefined) {
          firstSeconds = lastSeconds;
          metrics.firstTokenSeconds.observe(labels, firstSeconds);
        }
      }
      if (event.type === "done") {
        errorType = "";
        reason = event.finishReason;
        completionTokens = event.usage.completionTokens;
        if (firstSeconds !== undefined && completionTokens > 1) {
          metrics.perTokenSeconds.observe(labels, (elapsedSeconds() - firstSeconds) / (completionTokens - 1));
        }
        metrics.expertTokens.add(event.experts);
      }
      yield event;
    }
  } catch (error) {
    errorType = metrics.errorType(errorCode(error));
    throw error;
  } finally {
    metrics.requestSeconds.observe({ ...labels, error_type: errorType }, elapsedSeconds());
    const { model, stateRoot, precision, promptTokens } = prepared;
    const decodeSeconds = lastSeconds - (firstSeconds ?? 0);
    recent.add({
      requestId,
      timeMs: clock.nowMs() - Math.round(elapsedSeconds() * 1000),
      address,
      model,
      stateRoot,
      precision,
      status: statusOf(errorType),
      reason: errorType === "" ? reason : errorType,
      promptTokens,
      completionTokens,
      firstTokenMs: firstSeconds === undefined ? null : firstSeconds * 1000,
      durationMs: elapsedSeconds() * 1000,
      tokensPerSecond: completionTokens > 1 && decodeSeconds > 0 ? (completionTokens - 1) / decodeSeconds : null,
    });
  }
}

function statusOf(errorType: string): EndedAnswer["status"] {
  if (errorType === "") return "complete";
  return errorType === "client_gone" ? "stopped" : "failed";
}
