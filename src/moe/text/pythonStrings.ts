/** Python's string methods that chat templates call and the template library computes differently, or not at all. */

type StringMethod = (text: string, args: readonly unknown[]) => unknown;

const METHODS: ReadonlyMap<string, StringMethod> = new Map<string, StringMethod>([
  ["strip", (text, [chars]) => strip(text, chars, true, true)],
  ["lstrip", (text, [chars]) => strip(text, chars, true, false)],
  ["rstrip", (text, [chars]) => strip(text, chars, false, true)],
  ["find", (text, [part]) => text.indexOf(asText(part))],
  ["rfind", (text, [part]) => text.lastIndexOf(asText(part))],
  ["count", (text, [part]) => text.split(asText(part)).length - 1],
  ["rsplit", (text, [separator, max]) => rsplit(text, asText(separator), max)],
  ["partition", (text, [separator]) => partition(text, asText(separator))],
  ["removeprefix", (text, [part]) => (text.startsWith(asText(part)) ? text.slice(asText(part).length) : text)],
  [
    "removesuffix",
    (text, [part]) => (text.endsWith(asText(part)) ? text.slice(0, text.length - asText(part).length) : text),
  ],
]);

export function isStringMethod(name: string): boolean {
  return METHODS.has(name);
}

/** Throws a `TypeError` for arguments of the wrong type. */
export function callStringMethod(text: string, name: string, args: readonly unknown[]): unknown {
  return METHODS.get(name)?.(text, args);
}

/** Python's white space: Unicode's, and the four separators U+001C to U+001F. */
const SPACE = /\p{White_Space}/u;
const SEPARATORS = "\u001c\u001d\u001e\u001f";

/** `chars`: the set of characters to take away, white space when absent. */
function strip(text: string, chars: unknown, left: boolean, right: boolean): string {
  const set = chars === undefined || chars === null ? undefined : new Set(asText(chars));
  const characters = Array.from(text);
  const drops = (at: number) => {
    const character = characters[at] as string;
    return set === undefined ? SPACE.test(character) || SEPARATORS.includes(character) : set.has(character);
  };
  let [start, end] = [0, characters.length];
  if (left) while (start < end && drops(start)) start += 1;
  if (right) while (end > start && drops(end - 1)) end -= 1;
  return characters.slice(start, end).join("");
}

function rsplit(text: string, separator: string, max: unknown): string[] {
  const parts = text.split(separator);
  if (typeof max !== "number" || max < 0 || parts.length <= max + 1) return parts;
  const head = parts.length - max;
  return [parts.slice(0, head).join(separator), ...parts.slice(head)];
}

function partition(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, "", ""] : [text.slice(0, at), separator, text.slice(at + separator.length)];
}

function asText(value: unknown): string {
  if (typeof value !== "string" || value === "") throw new TypeError(`expected a text, got ${String(value)}`);
  return value;
}
