/**
 * One configuration option: what it means, which values it takes, and how it is read from text. An option is declared
 * once, in options.ts; its flag, its environment variable and its key in the file follow from its place there.
 */
import * as z from "zod";

/** What a default value may depend on. */
export interface DefaultContext {
  /** The environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The value of `network`. */
  readonly network: string;
}

export interface Option<T> {
  readonly description: string;
  /** The values, for people: `a port number from 0 to 65535`. */
  readonly expected: string;
  readonly schema: z.ZodType<T>;
  /** All values there are, where they can be listed: for the nearest match of a mistyped one. */
  readonly choices?: readonly string[];
  /** The value in a flag or a variable, still to be checked by `schema`. */
  readonly fromText: (text: string) => unknown;
  readonly fallback: T | ((context: DefaultContext) => T);
  /** The default in words, where it depends on the machine. */
  readonly fallbackText?: string;
  /** A secret is never shown and has no flag of its own; it may also stand in a file of its own. */
  readonly secret: boolean;
  /** A path: relative to the working folder, or in the configuration file to that file's folder. */
  readonly isPath: boolean;
}

interface Common<T> {
  readonly description: string;
  readonly fallback: T | ((context: DefaultContext) => T);
  readonly fallbackText?: string;
}

const plain = { secret: false, isPath: false, fromText: (text: string): unknown => text };

/** A text that matches `pattern`; `expected` says so in words. */
export function textOption(common: Common<string>, pattern: RegExp, expected: string): Option<string> {
  return { ...plain, ...common, expected, schema: z.string().regex(pattern) };
}

/** A file or folder. The default must be absolute. */
export function pathOption(common: Common<string>): Option<string> {
  return { ...plain, ...common, expected: "a path", isPath: true, schema: pathSchema };
}

/** A file or folder that need not be set. */
export function optionalPathOption(common: Omit<Common<string>, "fallback">): Option<string | undefined> {
  const schema = pathSchema.optional();
  return { ...plain, ...common, expected: "a path", isPath: true, schema, fallback: undefined };
}

/** A secret text that need not be set. */
export function secretOption(common: Omit<Common<string>, "fallback">): Option<string | undefined> {
  const schema = z.string().min(1).optional();
  return {
    ...plain,
    ...common,
    expected: "a text of at least one character",
    secret: true,
    schema,
    fallback: undefined,
  };
}

/** An integer from `min` to `max`. */
export function integerOption(common: Common<number>, min: number, max: number): Option<number> {
  return {
    ...plain,
    ...common,
    expected: `an integer from ${min} to ${max}`,
    schema: z.int().min(min).max(max),
    fromText: (text) => (/^-?[0-9]{1,16}$/.test(text) ? Number(text) : text),
  };
}

/** As `integerOption`, but it need not be set. */
export function optionalIntegerOption(
  common: Omit<Common<number>, "fallback">,
  min: number,
  max: number,
): Option<number | undefined> {
  const { schema, ...option } = integerOption({ ...common, fallback: min }, min, max);
  return { ...option, schema: schema.optional(), fallback: undefined };
}

/** A number of bytes, in text such as `512MiB` or `2GiB`; it need not be set. */
export function optionalBytesOption(common: Omit<Common<number>, "fallback">): Option<number | undefined> {
  return {
    ...plain,
    ...common,
    expected: "bytes such as 1000000, 512MiB or 2GiB",
    schema: z.int().min(0).optional(),
    fallback: undefined,
    fromText: (text) => {
      const [, digits, unit = ""] = /^([0-9]{1,15}) ?([A-Za-z]*)$/.exec(text) ?? [];
      const bytes = Number(digits) * (UNIT_BYTES.get(unit.toLowerCase()) ?? Number.NaN);
      return Number.isSafeInteger(bytes) ? bytes : text;
    },
  };
}

/** Texts that each match `pattern`, with commas between them; none by default. */
export function listOption(
  common: Omit<Common<readonly string[]>, "fallback">,
  pattern: RegExp,
  expected: string,
): Option<readonly string[]> {
  return {
    ...plain,
    ...common,
    expected: `${expected}, with commas between them`,
    schema: z.array(z.string().regex(pattern)).max(64),
    fallback: [],
    fallbackText: "none",
    fromText: (text) => text.split(",").map((part) => part.trim()),
  };
}

/** `true` or `false`. */
export function switchOption(common: Common<boolean>): Option<boolean> {
  return {
    ...plain,
    ...common,
    expected: "true or false",
    choices: ["true", "false"],
    schema: z.boolean(),
    fromText: (text) => (text === "true" ? true : text === "false" ? false : text),
  };
}

/** One of `choices`. */
export function choiceOption<const T extends string>(common: Common<T>, choices: readonly T[]): Option<T> {
  return { ...plain, ...common, expected: `one of ${choices.join(", ")}`, choices, schema: z.enum(choices) };
}

const UNIT_BYTES: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["b", 1],
  ["kb", 1e3],
  ["mb", 1e6],
  ["gb", 1e9],
  ["kib", 2 ** 10],
  ["mib", 2 ** 20],
  ["gib", 2 ** 30],
]);

const pathSchema = z
  .string()
  .min(1)
  .refine((path) => !path.includes("\0"));
