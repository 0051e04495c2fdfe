/** Errors across threads: code, message and data survive, the class does not. */
import { AiBlockError, errorCode, errorMessage } from "../../core/errors.ts";
import type { WireError } from "./protocol.ts";

export function toWire(error: unknown): WireError {
  const data = error instanceof AiBlockError ? plain(error.data) : {};
  return { code: errorCode(error) ?? "internal_error", message: errorMessage(error), data };
}

export function fromWire({ code, message, data }: WireError): AiBlockError {
  return new AiBlockError(code, message, data);
}

/** Data that a message port can carry. */
function plain(data: Readonly<Record<string, unknown>>): Record<string, unknown> {
  try {
    return structuredClone(data);
  } catch {
    return {};
  }
}
