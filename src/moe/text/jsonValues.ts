/**
 * Reads untrusted JSON values by type. `field` is the path for the error message: "model.vocab".
 * An object becomes a Map, so a key such as `__proto__` is only a key.
 */
import { fieldError } from "./errors.ts";

export type JsonObject = ReadonlyMap<string, unknown>;

export function asObject(value: unknown, field: string): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw fieldError("tokenizer_invalid", field, "an object", value);
  }
  return new Map(Object.entries(value));
}

export function asArray(value: unknown, field: string, maxLength: number): readonly unknown[] {
  if (!Array.isArray(value)) throw fieldError("tokenizer_invalid", field, "an array", value);
  if (value.length > maxLength) {
    throw fieldError("tokenizer_invalid", field, `at most ${maxLength} entries`, `${value.length} entries`);
  }
  return value;
}

export function asString(value: unknown, field: string, maxChars: number): string {
  if (typeof value !== "string") throw fieldError("tokenizer_invalid", field, "a string", value);
  if (value.length > maxChars) {
    throw fieldError("tokenizer_invalid", field, `at most ${maxChars} characters`, `${value.length} characters`);
  }
  return value;
}

export function asInteger(value: unknown, field: string, max: number): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > max) {
    throw fieldError("tokenizer_invalid", field, `an integer from 0 to ${max}`, value);
  }
  return value;
}

/** `fallback` when absent or null. */
export function asFlag(value: unknown, field: string, fallback: boolean): boolean {
  if (value === undefined || value === null) return fallback;
  if (typeof value !== "boolean") throw fieldError("tokenizer_invalid", field, "true or false", value);
  return value;
}

/** Neither absent nor null. */
export function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}
