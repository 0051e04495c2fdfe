/**
 * Metrics of one server, in a registry of its own. Names are Prometheus's conventions and OpenTelemetry's where it has
 * one. Labels come from closed sets only: never a prompt, an account, an address, a hash or what a client sent.
 */
import { Counter, collectDefaultMetrics, Histogram, Registry } from "prom-client";
import { errorCode } from "../../core/errors.ts";
import type { Operation } from "../answer/openAnswer.ts";
import { errorRow } from "../errors/errorTable.ts";
import type { NodeServices } from "../services/node.ts";
import { ExpertTokens } from "./expertTokens.ts";
import { registerGauges } from "./gauges.ts";

const REQUEST_SECONDS = Array.from({ length: 14 }, (_, i) => 0.01 * 2 ** i);
const FIRST_TOKEN_SECONDS = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const PER_TOKEN_SECONDS = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 10];
const HTTP_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const MAX_REASONS = 64;

export type ApiMetrics = ReturnType<typeof createMetrics>;

/** `runningStreams` counts the answers of this server. */
export function createMetrics(services: NodeServices, runningStreams: () => number) {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const ai = ["gen_ai_operation_name", "gen_ai_request_model"];
  const histogram = (name: string, help: string, labelNames: string[], buckets: number[]): Histogram =>
    new Histogram({ name, help, labelNames, buckets, registers });
  const counter = (name: string, help: string, labelNames: string[] = []): Counter =>
    new Counter({ name, help, labelNames, registers });
  const requestSeconds = histogram(
    "gen_ai_server_request_duration_seconds",
    "Duration of answers, from the request to the last token.",
    [...ai, "error_type"],
    REQUEST_SECONDS,
  );
  const rejected = counter("moe_dag_rejected_total", "Blocks offered over HTTP that the chain refused.", ["reason"]);
  const reasons = new Set<string>();
  registerGauges(registry, services, runningStreams);
  counter("moe_reroutes_total", "Slices that were replaced during an answer.", ["reason"]);
  const errorType = (code: string | undefined): string => errorRow(code)?.code ?? "internal";
  return {
    registry,
    requestSeconds,
    firstTokenSeconds: histogram(
      "gen_ai_server_time_to_first_token_seconds",
      "Time from the request to the first token.",
      ai,
      FIRST_TOKEN_SECONDS,
    ),
    perTokenSeconds: histogram(
      "gen_ai_server_time_per_output_token_seconds",
      "Mean time between the tokens of an answer after the first.",
      ai,
      PER_TOKEN_SECONDS,
    ),
    httpSeconds: histogram(
      "http_server_request_duration_seconds",
      "Duration of HTTP requests, by the template of their route.",
      ["http_request_method", "http_route", "http_response_status_code"],
      HTTP_SECONDS,
    ),
    hopSeconds: histogram("moe_hop_duration_seconds", "Time of one node's part of an answer.", [], PER_TOKEN_SECONDS),
    tokens: counter("moe_tokens_total", "Tokens of prompts and answers.", ["type"]),
    expertTokens: new ExpertTokens(registers),
    rateLimited: counter("moe_rate_limited_total", "Requests refused by a limit.", ["scope"]),
    authFailures: counter("moe_auth_failures_total", "Requests without a valid API key."),
    errorType,
    /** An answer that was refused before it began; the model is not known to be one of ours. */
    answerFailed(operation: Operation, error: unknown): void {
      const labels = { gen_ai_operation_name: operation, gen_ai_request_model: "" };
      requestSeconds.observe({ ...labels, error_type: errorType(errorCode(error)) }, 0);
    },
    blockRejected(code: string): void {
      if (reasons.size < MAX_REASONS) reasons.add(code);
      rejected.inc({ reason: reasons.has(code) ? code : "other" });
    },
  };
}
