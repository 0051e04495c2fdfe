/** What is not defined, in a filter: Jinja takes it for an empty text or an empty list, the template library fails. */
import { type RuntimeValue, toRuntimeValue } from "./jinjaLibrary.ts";

const AS_TEXT = new Set(["trim", "lower", "upper", "title", "capitalize", "replace", "indent", "safe"]);
const AS_LIST = new Set(["length", "count", "list", "join", "map", "selectattr", "rejectattr", "sort", "unique"]);

/** What the filter gets instead; `undefined`: the library's own answer is right. Throws a `TypeError` as Jinja does. */
export function filterUndefined(filter: string): RuntimeValue | undefined {
  if (filter === "tojson") throw new TypeError("tojson of something that is not defined");
  if (AS_TEXT.has(filter)) return toRuntimeValue("");
  return AS_LIST.has(filter) ? toRuntimeValue([]) : undefined;
}
