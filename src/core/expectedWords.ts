/**
 * What a schema expected, in our own words: `expected a list of at least 1 item`. A schema's own words go
 * first; these are for all the rest, so that nobody reads the sentences of the validation library.
 */
import type * as z from "zod";

const TYPES: ReadonlyMap<string, string> = new Map([
  ["string", "a text"],
  ["number", "a number"],
  ["int", "an integer"],
  ["boolean", "true or false"],
  ["array", "a list"],
  ["tuple", "a list"],
  ["object", "an object"],
  ["record", "an object"],
  ["null", "null"],
  ["undefined", "nothing"],
]);

/** What is counted where a size is out of its range. */
const UNITS: ReadonlyMap<string, readonly [what: string, unit: string]> = new Map([
  ["string", ["a text of ", "character"]],
  ["array", ["a list of ", "item"]],
  ["tuple", ["a list of ", "item"]],
  ["object", ["an object of ", "field"]],
  ["record", ["an object of ", "field"]],
]);

/** For `safeParse`: the words of every mistake whose schema has none of its own. */
export function expectedWords(issue: z.core.$ZodRawIssue): string {
  return `expected ${words(issue)}`;
}

function words(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return TYPES.get(issue.expected) ?? "another type";
    case "invalid_value":
      return oneOf(issue.values.map((value) => (typeof value === "string" ? value : String(value))));
    case "too_small":
      return size(issue.origin, issue.inclusive === false ? "more than" : "at least", issue.minimum);
    case "too_big":
      return size(issue.origin, issue.inclusive === false ? "less than" : "at most", issue.maximum);
    case "not_multiple_of":
      return `a multiple of ${issue.divisor}`;
    case "unrecognized_keys":
      return "no such field";
    case "invalid_key":
      return "other names in the object";
    default:
      return "another value";
  }
}

function oneOf(values: readonly string[]): string {
  return values.length === 1 ? String(values[0]) : `one of ${values.join(", ")}`;
}

function size(origin: string, bound: string, limit: number | bigint): string {
  const [what, unit] = UNITS.get(origin) ?? [origin === "int" ? "an integer of " : "a number of ", ""];
  const units = unit === "" ? "" : ` ${unit}${Number(limit) === 1 ? "" : "s"}`;
  return `${what}${bound} ${limit}${units}`;
}
