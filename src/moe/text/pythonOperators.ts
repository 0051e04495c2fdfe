/** Python's operators on the values of a template, where the template library's own compute something else. */
import type { RuntimeValue } from "./jinjaLibrary.ts";
import { MAX_TEXT_CHARS } from "./limits.ts";
import { pythonText } from "./pythonText.ts";

/** Gives a plain value; `undefined` leaves these operands to the library. */
type Operator = (left: RuntimeValue, right: RuntimeValue) => unknown;

export const BINARY_OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ["==", (left, right) => equals(left, right)],
  ["!=", (left, right) => !equals(left, right)],
  ["+", (left, right) => checkSum(left, right)],
  ["~", (left, right) => pythonText(left) + pythonText(right)],
  ["*", (left, right) => repeated(left, right) ?? repeated(right, left)],
  ["%", (left, right) => modulo(left, right)],
  ["<", (left, right) => textOrder(left, right, (order) => order < 0)],
  ["<=", (left, right) => textOrder(left, right, (order) => order <= 0)],
  [">", (left, right) => textOrder(left, right, (order) => order > 0)],
  [">=", (left, right) => textOrder(left, right, (order) => order >= 0)],
]);

/** A text is added to a text only. Throws a `TypeError` for anything else beside one. */
function checkSum(left: RuntimeValue, right: RuntimeValue): undefined {
  const texts = [left, right].filter(({ type }) => type === "StringValue").length;
  if (texts === 1) throw new TypeError(`${left.type} + ${right.type}`);
}

/** Throws a `RangeError` for a text that would be too long. */
function repeated(text: RuntimeValue, times: RuntimeValue): string | undefined {
  if (text.type !== "StringValue" || times.type !== "IntegerValue") return undefined;
  const count = Math.max(0, times.value as number);
  const one = text.value as string;
  if (one.length * count > MAX_TEXT_CHARS) throw new RangeError(`${one.length} characters, ${count} times`);
  return one.repeat(count);
}

/** With the sign of the divisor. */
function modulo(left: RuntimeValue, right: RuntimeValue): number | undefined {
  if (left.type !== "IntegerValue" || right.type !== "IntegerValue" || right.value === 0) return undefined;
  const divisor = right.value as number;
  const rest = (left.value as number) % divisor;
  return rest !== 0 && rest < 0 !== divisor < 0 ? rest + divisor : rest;
}

/** Texts are ordered by code points, and so are their bytes in UTF-8. */
function textOrder(left: RuntimeValue, right: RuntimeValue, test: (order: number) => boolean): boolean | undefined {
  if (left.type !== "StringValue" || right.type !== "StringValue") return undefined;
  return test(Buffer.compare(Buffer.from(left.value as string), Buffer.from(right.value as string)));
}

/** Numbers and booleans by value, texts by text, lists and mappings by what they hold. */
function equals(left: RuntimeValue, right: RuntimeValue): boolean {
  const pending: [RuntimeValue, RuntimeValue][] = [[left, right]];
  for (let pair = pending.pop(); pair !== undefined; pair = pending.pop()) {
    const [a, b] = pair;
    if (kindOf(a) !== kindOf(b)) return false;
    if (Array.isArray(a.value) && Array.isArray(b.value)) {
      if (a.value.length !== b.value.length) return false;
      for (const [i, item] of a.value.entries()) pending.push([item, b.value[i]]);
    } else if (a.value instanceof Map && b.value instanceof Map) {
      if (a.value.size !== b.value.size) return false;
      for (const [key, item] of a.value) {
        if (!b.value.has(key)) return false;
        pending.push([item, b.value.get(key)]);
      }
    } else if (kindOf(a) === "number" ? Number(a.value) !== Number(b.value) : a.value !== b.value) {
      return false;
    }
  }
  return true;
}

/** Types whose values can be equal. */
function kindOf({ type }: RuntimeValue): string {
  return ["IntegerValue", "FloatValue", "BooleanValue"].includes(type) ? "number" : type;
}
