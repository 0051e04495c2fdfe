/**
 * How Python writes a value: what a template shows for something that is no text. `str` for the value itself, `repr`
 * for what lies inside lists and mappings. https://docs.python.org/3/library/functions.html#repr
 */
import type { RuntimeValue } from "./jinjaLibrary.ts";

/** Python's `str`. What is not defined is shown as nothing, as Jinja does. */
export function pythonText(value: RuntimeValue): string {
  if (value.type === "UndefinedValue") return "";
  return value.type === "StringValue" ? (value.value as string) : pythonRepr(value);
}

function pythonRepr(value: RuntimeValue): string {
  switch (value.type) {
    case "StringValue":
      return quoted(value.value as string);
    case "BooleanValue":
      return value.value === true ? "True" : "False";
    case "NullValue":
      return "None";
    case "UndefinedValue":
      return "Undefined";
    case "FloatValue":
      return floatText(value.value as number);
    case "ArrayValue":
      return `[${items(value).join(", ")}]`;
    case "TupleValue":
      return items(value).length === 1 ? `(${items(value)[0]},)` : `(${items(value).join(", ")})`;
    case "ObjectValue": {
      const entries = [...(value.value as ReadonlyMap<string, RuntimeValue>)];
      return `{${entries.map(([key, item]) => `${quoted(key)}: ${pythonRepr(item)}`).join(", ")}}`;
    }
    default:
      return String(value);
  }
}

function items(value: RuntimeValue): string[] {
  return (value.value as readonly RuntimeValue[]).map(pythonRepr);
}

/** The fewest digits that read back exactly; with an exponent below 1e-4 and from 1e16 on. */
function floatText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  const [mantissa = "", exponent = "0"] = value.toExponential().split("e");
  const power = Number(exponent);
  if (power < -4 || power >= 16) {
    return `${mantissa}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
  }
  const text = String(value);
  return text.includes(".") ? text : `${text}.0`;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["\\", "\\\\"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);
/** What Python does not print as it is: control and unassigned characters, and all white space but the space. */
const UNPRINTABLE = /[\p{C}\p{Z}\\]/gu;

/** In double quotes only where that saves escaping. */
function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(UNPRINTABLE, (character) => {
    if (character === " ") return character;
    const known = ESCAPES.get(character);
    if (known !== undefined) return known;
    const code = character.codePointAt(0) as number;
    if (code < 0x100) return `\\x${code.toString(16).padStart(2, "0")}`;
    if (code < 0x10000) return `\\u${code.toString(16).padStart(4, "0")}`;
    return `\\U${code.toString(16).padStart(8, "0")}`;
  });
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
}
