/** Mistakes on the command line, as sentences. */
import { AiBlockError } from "../../core/errors.ts";

/** The error for a wrong command line. Exit code 2. */
export function usageError(message: string): AiBlockError {
  return new AiBlockError("usage", message);
}
