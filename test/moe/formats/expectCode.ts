/** Assertions on error codes: every failure of a reader is one of ours, never a bare TypeError or RangeError. */
import type { FormatErrorCode } from "../../../src/moe/formats/errors.ts";

interface Coded {
  readonly name?: unknown;
  readonly code?: unknown;
}

/** The code with which `action` fails; the error itself if it is not one of ours. */
export async function failureOf(action: () => unknown): Promise<unknown> {
  try {
    await action();
  } catch (error) {
    const { name, code } = error as Coded;
    return name === "AiBlockError" ? code : error;
  }
  return "no failure";
}

export async function expectCode(action: () => unknown, code: FormatErrorCode): Promise<void> {
  expect(await failureOf(action)).toBe(code);
}
