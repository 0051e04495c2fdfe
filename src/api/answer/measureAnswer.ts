/** Passes the events of an answer on, and measures it: duration, time to the first token, tokens, experts. */
import type { Clock } from "../../core/clock.ts";
import { errorCode } from "../../core/errors.ts";
import type { ApiMetrics } from "../metrics/apiMetrics.ts";
import type { ChatEvent, PreparedChat } from "../services/chat.ts";
import type { Operation } from "./openAnswer.ts";

interface Measured {
  readonly metrics: ApiMetrics;
  readonly clock: Clock;
  readonly startedMs: number;
  readonly operation: Operation;
  readonly prepared: PreparedChat;
}

export async function* measureAnswer(
  { metrics, clock, startedMs, operation, prepared }: Measured,
  signal: AbortSignal,
): AsyncGenerator<ChatEvent, void, undefined> {
  const labels = { gen_ai_operation_name: operation, gen_ai_request_model: prepared.model };
  const elapsedSeconds = (): number => (clock.monotonicMs() - startedMs) / 1000;
  let errorType = "client_gone";
  let firstSeconds: number | undefined;
  metrics.tokens.inc({ type: "input" }, prepared.promptTokens);
  try {
    for await (const event of prepared.run(signal)) {
      if (event.type === "text" && event.tokens.length > 0) {
        metrics.tokens.inc({ type: "output" }, event.tokens.length);
        if (firstSeconds === undefined) {
          firstSeconds = elapsedSeconds();
          metrics.firstTokenSeconds.observe(labels, firstSeconds);
        }
      }
      if (event.type === "done") {
        errorType = "";
        const { completionTokens } = event.usage;
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
  }
}
