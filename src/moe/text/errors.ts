/**
 * The error codes of tokenizers, chat templates and stop strings.
 * Files from someone else never cause anything but an `AiBlockError` with one of these codes.
 */
import { excerpt } from "../../core/bytes.ts";
import { AiBlockError, type ErrorData } from "../../core/errors.ts";

export type TextErrorCode =
  // The files lack a tokenizer; a value in them is wrong (`data.field`); or it asks for something not implemented.
  | "tokenizer_missing"
  | "tokenizer_invalid"
  | "tokenizer_unsupported"
  // What a caller handed in.
  | "text_invalid"
  | "text_too_long"
  | "token_id_invalid"
  | "messages_invalid"
  | "stop_invalid"
  // Of the thread (`textWorker.ts`): the call took too long or too much memory, too many wait, closed, anything else.
  | "text_timeout"
  | "text_memory"
  | "text_busy"
  | "text_closed"
  | "text_failed"
  // Chat templates: none there; not a template; it refused the messages (`data.reason`); it failed; it ran too long.
  | "chat_template_missing"
  | "chat_template_invalid"
  | "chat_template_raised"
  | "chat_template_failed"
  | "chat_template_limit";

export function textError(
  code: TextErrorCode,
  message: string,
  data: ErrorData = {},
  options?: ErrorOptions,
): AiBlockError {
  return new AiBlockError(code, message, data, options);
}

/** An error about one value of a tokenizer file. */
export function fieldError(
  code: "tokenizer_invalid" | "tokenizer_unsupported",
  field: string,
  expected: string,
  got: unknown,
): AiBlockError {
  const shown =
    typeof got === "object" && got !== null ? (Array.isArray(got) ? "an array" : "an object") : excerpt(got);
  return textError(code, `${field}: expected ${expected}, got ${shown}`, { field });
}
