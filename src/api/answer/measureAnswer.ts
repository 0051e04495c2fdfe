/**
 * Watches the events of an answer and measures it: duration, time to the first token, tokens, experts. However it ends,
 * it is then among the recent answers.
 */
import type { Clock } from "../../core/clock.ts";
import { errorCode } from "../../core/errors.ts";
import type { Watcher } from "../../core/watchedEvents.ts";
import type { ApiMetrics } from "../metrics/apiMetrics.ts";
import type { ChatEvent, PreparedChat } from "../services/chat.ts";
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

/** What has to see the events of an answer. */
export function measureAnswer({
  metrics,
  clock,
  recent,
  requestId,
  address,
  startedMs,
  operation,
  prepared,
}: Measured): Watcher<ChatEvent> {
  const labels = { gen_ai_operation_name: operation, gen_ai_request_model: prepared.model };
  const elapsedSeconds = (): number => (clock.monotonicMs() - startedMs) / 1000;
  const outputTokens = metrics.tokens.labels({ type: "output" });
  let errorType = "client_gone";
  let reason = "";
  let firstSeconds: number | undefined;
  let lastSeconds = 0;
  let completionTokens = 0;
  return {
    begin: () => metrics.tokens.inc({ type: "input" }, prepared.promptTokens),
    event: (event) => {
      if (event.type === "text" && event.tokens.length > 0) {
        outputTokens.inc(event.tokens.length);
        completionTokens += event.tokens.length;
        lastSeconds = elapsedSeconds();
        if (firstSeconds === undefined) {
          firstSeconds = lastSeconds;
          metrics.firstTokenSeconds.observe(labels, firstSeconds);
        }
      }
      if (event.type !== "done") return;
      errorType = "";
      reason = event.finishReason;
      completionTokens = event.usage.completionTokens;
      if (firstSeconds !== undefined && completionTokens > 1) {
        metrics.perTokenSeconds.observe(labels, (elapsedSeconds() - firstSeconds) / (completionTokens - 1));
      }
      metrics.expertTokens.add(event.experts);
    },
    failed: (error) => {
      errorType = metrics.errorType(errorCode(error));
    },
    end: () => {
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
    },
  };
}

function statusOf(errorType: string): EndedAnswer["status"] {
  if (errorType === "") return "complete";
  return errorType === "client_gone" ? "stopped" : "failed";
}
