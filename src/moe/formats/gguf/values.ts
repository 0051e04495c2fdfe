/**
 * Metadata values of GGUF files: scalars, strings, and flat arrays of them.
 *
 * Numbers of 64 bits above 2^53 are `bigint`, all others `number`. Every value keeps its stored type, so that a file's
 * metadata can be written again unchanged.
 */
import { excerpt } from "../../../core/bytes.ts";
import { formatError } from "../errors.ts";

/** Stored type numbers. */
export const GGUF_TYPES = {
  u8: 0,
  i8: 1,
  u16: 2,
  i16: 3,
  u32: 4,
  i32: 5,
  f32: 6,
  bool: 7,
  string: 8,
  array: 9,
  u64: 10,
  i64: 11,
  f64: 12,
} as const;

export type GgufScalarType = Exclude<keyof typeof GGUF_TYPES, "array">;
export type GgufScalar = number | bigint | boolean | string;

export type GgufValue =
  | { readonly type: GgufScalarType; readonly value: GgufScalar }
  | { readonly type: "array"; readonly items: GgufScalarType; readonly value: readonly GgufScalar[] };

/** Smallest number of bytes that one value takes in a file; a string is at least its length. */
export const SCALAR_BYTES: { readonly [T in GgufScalarType]: number } = {
  u8: 1,
  i8: 1,
  u16: 2,
  i16: 2,
  u32: 4,
  i32: 4,
  f32: 4,
  bool: 1,
  string: 8,
  u64: 8,
  i64: 8,
  f64: 8,
};

/** Metadata by key, with checked access: absent keys give `undefined`, another type throws `gguf_metadata_invalid`. */
export class GgufMetadata {
  readonly entries: ReadonlyMap<string, GgufValue>;

  constructor(entries: ReadonlyMap<string, GgufValue>) {
    this.entries = entries;
  }

  has(key: string): boolean {
    return this.entries.has(key);
  }

  string(key: string): string | undefined {
    const value = this.entries.get(key);
    if (value === undefined || value.type === "string") return value?.value as string | undefined;
    throw wrongType(key, "a string", value);
  }

  boolean(key: string): boolean | undefined {
    const value = this.entries.get(key);
    if (value === undefined || value.type === "bool") return value?.value as boolean | undefined;
    throw wrongType(key, "a boolean", value);
  }

  /** Any number type. Integers above 2^53 throw. */
  number(key: string): number | undefined {
    const value = this.entries.get(key);
    if (value === undefined) return undefined;
    if (typeof value.value === "number") return value.value;
    throw wrongType(key, "a number", value);
  }

  /** A whole number from 0 to 2^53 - 1: sizes, counts, ids. */
  natural(key: string): number | undefined {
    const value = this.number(key);
    if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) return value;
    throw formatError("gguf_metadata_invalid", `${key}: expected a whole number of at least 0, got ${value}`, { key });
  }

  strings(key: string): readonly string[] | undefined {
    const value = this.entries.get(key);
    if (value === undefined) return undefined;
    if (value.type === "array" && value.items === "string") return value.value as readonly string[];
    throw wrongType(key, "an array of strings", value);
  }

  /** An array of any number type; booleans count as 0 and 1. Integers above 2^53 throw. */
  numbers(key: string): readonly number[] | undefined {
    const value = this.entries.get(key);
    if (value === undefined) return undefined;
    if (value.type !== "array" || value.items === "string") throw wrongType(key, "an array of numbers", value);
    if (value.items === "bool") return value.value.map(Number);
    if (value.value.some((item) => typeof item !== "number")) throw wrongType(key, "numbers below 2^53", value);
    return value.value as readonly number[];
  }
}

function wrongType(key: string, expected: string, value: GgufValue): Error {
  const got = value.type === "array" ? `an array of ${value.items}` : `${value.type} ${excerpt(String(value.value))}`;
  return formatError("gguf_metadata_invalid", `${key}: expected ${expected}, got ${got}`, { key });
}
