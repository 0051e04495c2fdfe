/**
 * The one error class of the project.
 *
 * A caller branches on `code`, never on the message or on `instanceof`: codes are stable, messages are for people.
 * `data` carries the facts behind the message (never secrets). Verdicts on blocks from other people are returned,
 * not thrown; see `chain/verdict.ts`.
 */

export type ErrorData = Readonly<Record<string, unknown>>;

/** An error with a stable code (`lower_snake_case`) and the facts behind it. */
export class AiBlockError extends Error {
  readonly code: string;
  readonly data: ErrorData;

  constructor(code: string, message: string, data: ErrorData = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = "AiBlockError";
    this.code = code;
    this.data = data;
  }
}

/** The `code` of anything thrown: ours, Node's (`ENOENT`), LevelDB's, or `undefined`. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? code : undefined;
}

/** The message of anything thrown, for people. */
export function errorMessage(error: unknown): string {
  return error instanceof Error || (typeof error === "object" && error !== null && "message" in error)
    ? String((error as { message: unknown }).message)
    : String(error);
}
