/**
 * Checks for the fields of a decoded wire object. Each takes a value of unknown type and the field's name, and gives
 * the value with its type, or throws `bad_encoding` with a message that names the field, what was expected and what came.
 */
import { excerpt } from "./bytes.ts";
import { AiBlockError } from "./errors.ts";

/** An integer from 0 to `max` (default 2^53 - 1). */
export function asUint(value: unknown, name: string, { max = Number.MAX_SAFE_INTEGER } = {}): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= max) return value;
  throw badField(name, `an integer from 0 to ${max}`, value);
}

/** A finite number from `min` to `max`, integers included. */
export function asFloat(value: unknown, name: string, { min = -Infinity, max = Infinity } = {}): number {
  if (typeof value === "number" && Number.isFinite(value) && value >= min && value <= max) return value;
  throw badField(name, `a finite number from ${min} to ${max}`, value);
}

/** Exactly `length` bytes, or at most `maxLength` (default: any number; the codec has a limit of its own). */
export function asBytes(
  value: unknown,
  name: string,
  length: number | { readonly maxLength: number } = { maxLength: Number.MAX_SAFE_INTEGER },
): Uint8Array {
  if (value instanceof Uint8Array && fits(value.length, length)) return value;
  throw badField(name, `${expectedLength(length)} bytes`, value);
}

/** A text of at most `maxChars` UTF-16 units. */
export function asText(value: unknown, name: string, { maxChars }: { readonly maxChars: number }): string {
  if (typeof value === "string" && value.length <= maxChars) return value;
  throw badField(name, `a text of at most ${maxChars} characters`, value);
}

/** One of the texts or numbers in `choices`. */
export function asOneOf<T extends string | number>(value: unknown, name: string, choices: readonly T[]): T {
  if ((choices as readonly unknown[]).includes(value)) return value as T;
  throw badField(name, `one of ${choices.join(", ")}`, value);
}

/** An array of exactly `length` values (a record in fixed order), or of at most `maxLength`. */
export function asArray(
  value: unknown,
  name: string,
  length: { readonly length: number } | { readonly maxLength: number },
): readonly unknown[] {
  const bound = "length" in length ? length.length : length;
  if (Array.isArray(value) && fits(value.length, bound)) return value;
  throw badField(name, `an array of ${expectedLength(bound)} values`, value);
}

/** The error for the field `name`. Of bytes and arrays it shows the length, not the contents. */
export function badField(name: string, expected: string, value: unknown): AiBlockError {
  return new AiBlockError("bad_encoding", `${name}: expected ${expected}, got ${describe(value)}`, { field: name });
}

function fits(length: number, bound: number | { readonly maxLength: number }): boolean {
  return typeof bound === "number" ? length === bound : length <= bound.maxLength;
}

function expectedLength(bound: number | { readonly maxLength: number }): string {
  return typeof bound === "number" ? String(bound) : `at most ${bound.maxLength}`;
}

function describe(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) return `an array of ${value.length} values`;
  if (value === null) return "nil";
  return excerpt(value);
}
