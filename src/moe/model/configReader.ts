/**
 * Reads the untrusted values of a `config.json` by key, with type and range checks that name the key.
 *
 * As in the reference library an absent key takes its default, while `null` is a value: only the `…OrNone` readers
 * accept it. Several names for one key are the spellings of different library versions; they may not contradict.
 */
import { configError } from "./errors.ts";

interface Range {
  readonly min?: number;
  readonly max?: number;
}

type Names = string | readonly string[];

export class ConfigReader {
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #path: string;

  constructor(values: ReadonlyMap<string, unknown>, path = "") {
    this.#values = values;
    this.#path = path;
  }

  /** Number of keys. */
  get size(): number {
    return this.#values.size;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** The key under its full path, for error messages. */
  field(name: string): string {
    return this.#path + name;
  }

  integer(names: Names, range: Range & { default?: number }): number {
    return this.#required(names, range.default, (field, value) => checkInteger(field, value, range));
  }

  integerOrNone(names: Names, range: Range & { default?: number }): number | undefined {
    return this.#optional(names, range.default, (field, value) => checkInteger(field, value, range));
  }

  number(names: Names, range: Range & { default?: number }): number {
    return this.#required(names, range.default, (field, value) => checkNumber(field, value, range));
  }

  numberOrNone(names: Names, range: Range = {}): number | undefined {
    return this.#optional(names, undefined, (field, value) => checkNumber(field, value, range));
  }

  boolean(names: Names, fallback: boolean): boolean {
    return this.#required(names, fallback, checkBoolean);
  }

  /** `null` counts as `false`, as it does where the reference library tests for truth. */
  flag(names: Names, fallback: boolean): boolean {
    return this.#optional(names, fallback, checkBoolean) ?? false;
  }

  text(names: Names, fallback?: string): string {
    return this.#required(names, fallback, checkText);
  }

  textOrNone(names: Names, fallback?: string): string | undefined {
    return this.#optional(names, fallback, checkText);
  }

  list<T>(name: string, check: (field: string, value: unknown) => T): T[] | undefined {
    return this.#optional(name, undefined, (field, value) => {
      if (!Array.isArray(value)) throw configError("config_invalid", field, "a list", value);
      if (value.length > 65_536) throw configError("config_invalid", field, "a short list", value.length);
      return value.map((item, i) => check(`${field}[${i}]`, item));
    });
  }

  /** A reader over the object under `name`; `undefined` when it is absent or `null`. */
  object(name: string): ConfigReader | undefined {
    return this.#optional(name, undefined, (field, value) => {
      if (typeof value === "object" && value !== null && !Array.isArray(value)) {
        return new ConfigReader(new Map(Object.entries(value)), `${field}.`);
      }
      throw configError("config_invalid", field, "an object", value);
    });
  }

  #required<T>(names: Names, fallback: T | undefined, check: (field: string, value: unknown) => T): T {
    const found = this.#find(names);
    if (found !== undefined) return check(found.field, found.value);
    if (fallback !== undefined) return fallback;
    throw configError("config_invalid", this.field(first(names)), "a value", undefined);
  }

  #optional<T>(names: Names, fallback: T | undefined, check: (field: string, value: unknown) => T): T | undefined {
    const found = this.#find(names);
    if (found === undefined) return fallback;
    return found.value === null ? undefined : check(found.field, found.value);
  }

  #find(names: Names): { readonly field: string; readonly value: unknown } | undefined {
    const present = (typeof names === "string" ? [names] : names).filter((name) => this.#values.has(name));
    const [name] = present;
    if (name === undefined) return undefined;
    const value = this.#values.get(name);
    const other = present.find((key) => this.#values.get(key) !== value);
    if (other !== undefined) {
      throw configError("config_invalid", this.field(other), `${value}, as ${name} says`, this.#values.get(other));
    }
    return { field: this.field(name), value };
  }
}

function first(names: Names): string {
  return typeof names === "string" ? names : (names[0] ?? "");
}

export function checkInteger(field: string, value: unknown, { min = 0, max = Number.MAX_SAFE_INTEGER }: Range): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max) return value;
  throw configError("config_invalid", field, `an integer from ${min} to ${max}`, value);
}

export function checkNumber(
  field: string,
  value: unknown,
  { min = -Number.MAX_VALUE, max = Number.MAX_VALUE }: Range,
): number {
  if (typeof value === "number" && Number.isFinite(value) && value >= min && value <= max) return value;
  throw configError("config_invalid", field, `a number from ${min} to ${max}`, value);
}

export function checkText(field: string, value: unknown): string {
  if (typeof value === "string") return value;
  throw configError("config_invalid", field, "a string", value);
}

function checkBoolean(field: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw configError("config_invalid", field, "true or false", value);
}
