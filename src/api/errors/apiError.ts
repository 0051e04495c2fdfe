/** Errors that the API itself finds, and the shape in which every error is answered. */
import { AiBlockError, type ErrorData, errorCode, errorMessage } from "../../core/errors.ts";
import { snakeCase, snakeName } from "../http/snakeCase.ts";
import { type ApiErrorCode, errorRow } from "./errorTable.ts";

/** An error of the table, with the field that caused it in `data.param`. */
export function apiError(code: ApiErrorCode, message: string, data: ErrorData = {}): AiBlockError {
  return new AiBlockError(code, message, data);
}

/** What a client gets: `{ "error": … }`. All four first keys are always there. */
export interface ErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: "invalid_request_error" | "rate_limit_error" | "server_error";
    readonly param: string | null;
    readonly code: string;
    readonly data?: unknown;
    readonly request_id?: string;
  };
}

export interface ErrorAnswer {
  readonly status: number;
  readonly body: ErrorBody;
  readonly headers: Readonly<Record<string, string>>;
  /** Our own mistake: worth an error in the log. */
  readonly unexpected: boolean;
}

const INTERNAL_MESSAGE = "the node made a mistake; its log has the details";

/** The answer to anything thrown. Texts of unexpected errors stay inside. */
export function answerError(error: unknown, requestId?: string): ErrorAnswer {
  const found = errorRow(errorCode(error)) ?? errorRow("internal")!;
  const { code, row } = found;
  const data = dataOf(error);
  const unexpected = code === "internal";
  const shown = Object.fromEntries((row.data ?? []).filter((key) => key in data).map((key) => [key, data[key]]));
  return {
    status: row.status,
    headers: retryHeaders(row.status, row.retry, data.retryAfterMs),
    unexpected,
    body: {
      error: {
        message: unexpected ? INTERNAL_MESSAGE : (row.message ?? messageOf(error, data)),
        type: typeOf(row.status),
        param: paramOf(data),
        code,
        ...(Object.keys(shown).length > 0 && { data: snakeCase(shown) }),
        ...(requestId !== undefined && { request_id: requestId }),
      },
    },
  };
}

function dataOf(error: unknown): Readonly<Record<string, unknown>> {
  const { data } = (error ?? {}) as { data?: unknown };
  return typeof data === "object" && data !== null ? (data as Record<string, unknown>) : {};
}

/** Errors from behind the API name their argument in camel case, in `data.parameter` and at the start of the message. */
function paramOf(data: Readonly<Record<string, unknown>>): string | null {
  if (typeof data.param === "string") return data.param;
  if (typeof data.parameter !== "string") return null;
  return snakeName(data.parameter);
}

function messageOf(error: unknown, { parameter }: Readonly<Record<string, unknown>>): string {
  const message = errorMessage(error);
  if (typeof parameter !== "string" || !message.startsWith(`${parameter}:`)) return message;
  return snakeName(parameter) + message.slice(parameter.length);
}

function typeOf(status: number): ErrorBody["error"]["type"] {
  if (status === 429) return "rate_limit_error";
  return status >= 500 ? "server_error" : "invalid_request_error";
}

/** Clients of OpenAI obey `x-should-retry` first, then the two times. */
function retryHeaders(status: number, retry: boolean | undefined, afterMs: unknown): Record<string, string> {
  if (retry === false) return { "x-should-retry": "false" };
  if (status !== 429 && status !== 503) return {};
  const ms = typeof afterMs === "number" && Number.isFinite(afterMs) ? Math.max(0, Math.ceil(afterMs)) : 1000;
  return { "retry-after": String(Math.max(1, Math.ceil(ms / 1000))), "retry-after-ms": String(ms) };
}
