/** Options whose value is a number other than a plain integer: fractions, sizes, lists of ids, ranges of layers, seeds. */
import { excerpt } from "../../core/bytes.ts";
import { AiBlockError } from "../../core/errors.ts";
import type { CliOption } from "./option.ts";
import { usageError } from "./usageError.ts";

const UNIT_BYTES: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["b", 1],
  ["kib", 2 ** 10],
  ["mib", 2 ** 20],
  ["gib", 2 ** 30],
  ["tib", 2 ** 40],
  ["kb", 1e3],
  ["mb", 1e6],
  ["gb", 1e9],
  ["tb", 1e12],
]);

/** A number from `min` to `max`, with a fraction unless `integer`. */
export function numberOption(description: string, range: NumberRange): CliOption<number> {
  const { min, max, integer } = range;
  const parse = (text: string, name: string): number => {
    const value = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?$/i.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max && (integer !== true || Number.isInteger(value))) return value;
    const kind = integer === true ? "an integer" : "a number";
    throw usageError(`${name}: expected ${kind} from ${min} to ${max}, got ${excerpt(text)}`);
  };
  return { description, value: "n", parse, fallback: undefined };
}

export interface NumberRange {
  readonly min: number;
  readonly max: number;
  readonly integer?: boolean;
}

/** `512MiB`, `2GiB`, `1000000`; units of 1024 (KiB, MiB, GiB, TiB) and of 1000 (kB, MB, GB, TB). */
export function bytesOption(description: string): CliOption<number> {
  const parse = (text: string, name: string): number => {
    const [, digits, unit] = /^([0-9]{1,15}(?:\.[0-9]{1,6})?) ?([A-Za-z]*)$/.exec(text) ?? [];
    const value = Math.floor(Number(digits) * (UNIT_BYTES.get((unit ?? "").toLowerCase()) ?? Number.NaN));
    if (Number.isSafeInteger(value)) return value;
    throw usageError(`${name}: expected bytes such as 1000000, 512MiB or 2GiB, got ${excerpt(text)}`);
  };
  return { description, value: "bytes", parse, fallback: undefined };
}

/** `5,9,2`: token ids. */
export function idsOption(description: string): CliOption<readonly number[]> {
  const parse = (text: string, name: string): readonly number[] => {
    const ids = text.split(",").map((part) => (/^ *[0-9]{1,9} *$/.test(part) ? Number(part) : Number.NaN));
    if (ids.every(Number.isInteger)) return ids;
    throw usageError(`${name}: expected token ids such as 5,9,2, got ${excerpt(text)}`);
  };
  return { description, value: "ids", parse, fallback: undefined };
}

/** `0-3`, or `2` for a single layer: first and last. */
export function layersOption(description: string): CliOption<readonly [first: number, last: number]> {
  const parse = (text: string, name: string): readonly [number, number] => {
    const [, first, last] = /^([0-9]{1,5})(?:[-:]([0-9]{1,5}))?$/.exec(text) ?? [];
    const range = [Number(first), Number(last ?? first)] as const;
    if (first !== undefined && range[0] <= range[1]) return range;
    throw usageError(`${name}: expected the first and last layer, such as 0-3, got ${excerpt(text)}`);
  };
  return { description, value: "a-b", parse, fallback: undefined };
}

/** An integer of 64 bits, signed or not. `check` throws for others. */
export function seedOption(description: string, check: (seed: bigint) => bigint): CliOption<bigint> {
  const parse = (text: string, name: string): bigint => {
    try {
      if (/^-?[0-9]{1,20}$/.test(text)) return check(BigInt(text));
    } catch (error) {
      if (!(error instanceof AiBlockError)) throw error;
    }
    throw usageError(`${name}: expected an integer from -2^63 to 2^64 - 1, got ${excerpt(text)}`);
  };
  return { description, value: "n", parse, fallback: undefined };
}

/** A text that may be given several times: a list of all of them. */
export function textsOption(description: string, value: string, max: number): CliOption<readonly string[]> {
  const parse = (text: string, name: string, previous?: unknown): readonly string[] => {
    const texts = [...((previous as readonly string[] | undefined) ?? []), text];
    if (text === "") throw usageError(`${name}: expected a text of at least one character, got ""`);
    if (texts.length <= max) return texts;
    throw usageError(`${name}: expected it at most ${max} times, got ${texts.length}`);
  };
  return { description, value, parse, fallback: undefined };
}
