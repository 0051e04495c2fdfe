/**
 * What a command takes: options and arguments, each declared once with its type. The key in the declaration gives the
 * flag: `fromHeight` is `--from-height`.
 */
import { excerpt } from "../../core/bytes.ts";
import { didYouMean } from "../../core/nearest.ts";
import { usageError } from "./usageError.ts";

/** An option of one command, which gets a `T`, or an `F` when the option is not given. */
export interface CliOption<T, F = undefined> {
  readonly description: string;
  /** One letter: `q` for `-q`. */
  readonly short?: string;
  /** Placeholder of the value in the help; a switch has none. */
  readonly value?: string;
  /**
   * The value in `text`; `name` is the flag, for the message, and `previous` what the same option gave before, for those
   * that may be given several times. Throws `usage`.
   */
  readonly parse: (text: string, name: string, previous?: unknown) => T;
  readonly fallback: F;
  /** The default as the help shows it; without one nothing is shown. */
  readonly fallbackText?: string;
}

/** An argument by its position. */
export interface CliArgument<T> {
  readonly description: string;
  readonly required: boolean;
  readonly parse: (text: string, name: string) => T;
}

export type CliOptions = Readonly<Record<string, CliOption<unknown, unknown>>>;
export type CliArguments = Readonly<Record<string, CliArgument<unknown>>>;

export type OptionValues<O extends CliOptions> = {
  readonly [K in keyof O]: ReturnType<O[K]["parse"]> | O[K]["fallback"];
};
export type ArgumentValues<A extends CliArguments> = { readonly [K in keyof A]: ReturnType<A[K]["parse"]> };

/** The flag of the option with that key. */
export function flagOf(key: string): string {
  return `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** True when it is given, else false. */
export function switchOption(description: string, short?: string): CliOption<boolean, boolean> {
  return { description, ...(short !== undefined && { short }), parse: () => true, fallback: false };
}

export function textOption(description: string, value: string, short?: string): CliOption<string> {
  return { description, ...(short !== undefined && { short }), value, parse: nonEmpty, fallback: undefined };
}

/** One of `choices`. */
export function choiceOption<const T extends string>(
  description: string,
  value: string,
  choices: readonly T[],
): CliOption<T> {
  const parse = (text: string, name: string) => oneOf(text, name, choices);
  return { description: `${description} One of ${choices.join(", ")}.`, value, parse, fallback: undefined };
}

/** An integer from `min` to `max`. */
export function integerOption(description: string, min: number, max: number): CliOption<number> {
  const parse = (text: string, name: string) => integer(text, name, min, max);
  return { description, value: "n", parse, fallback: undefined };
}

/** `option` with a value of its own when it is not given. */
export function withDefault<T extends string | number>(option: CliOption<T, unknown>, fallback: T): CliOption<T, T> {
  return { ...option, fallback, fallbackText: String(fallback) };
}

export function requiredArgument(description: string): CliArgument<string> {
  return { description, required: true, parse: nonEmpty };
}

function nonEmpty(text: string, name: string): string {
  if (text === "") throw usageError(`${name}: expected a text of at least one character, got ""`);
  return text;
}

function oneOf<T extends string>(text: string, name: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  const nearest = didYouMean(text, choices);
  throw usageError(`${name}: expected one of ${choices.join(", ")}, got ${excerpt(text)}${nearest}`);
}

function integer(text: string, name: string, min: number, max: number): number {
  const value = /^-?[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
  throw usageError(`${name}: expected an integer from ${min} to ${max}, got ${excerpt(text)}`);
}
