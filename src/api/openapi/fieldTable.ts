/** The fields of a JSON schema, as people read them: name, what it may be, what it means. */
import { escapeHtml, sentenceHtml } from "./html.ts";

/** What zod writes of our schemas; trees, a handful of levels deep. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly prefixItems?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly description?: string;
}

/** A table, or nothing for a schema without fields. It marks what a request has to have, or what an answer may lack. */
export function fieldTable({ properties = {}, required = [] }: JsonSchema, io: "input" | "output"): string {
  const rows = Object.entries(properties).map(([name, schema]) => {
    const mark = io === "input" ? "required" : "not always";
    const needed = required.includes(name) === (io === "input") ? ` <span class="needed">${mark}</span>` : "";
    const meaning = schema.description === undefined ? "" : sentenceHtml(schema.description);
    return `<tr><td><code>${escapeHtml(name)}</code>${needed}</td><td>${escapeHtml(kindOf(schema))}</td><td>${meaning}</td></tr>`;
  });
  if (rows.length === 0) return "";
  return `<div class="frame"><table><thead><tr><th>Field</th><th>Value</th><th>Meaning</th></tr></thead><tbody>${rows.join("")}</tbody></table></div>`;
}

/** What a value may be, in words: `integer, 1 to 4,096`, `list of objects`, `stop or length`. */
export function kindOf(schema: JsonSchema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return listed(schema.enum.map(String));
  if (schema.anyOf !== undefined) return listed([...new Set(schema.anyOf.map(kindOf))]);
  if (Array.isArray(schema.type)) return listed(schema.type.map((type: string) => kindOf({ ...schema, type })));
  switch (schema.type as string | undefined) {
    case "string":
      return "text";
    case "boolean":
      return "true or false";
    case "array":
      return schema.items === undefined ? "list" : `list: ${kindOf(schema.items)}`;
    case "integer":
    case "number":
      return `${schema.type as string}${rangeOf(schema)}`;
    default:
      return (schema.type as string | undefined) ?? "anything";
  }
}

function rangeOf({ minimum, maximum }: JsonSchema): string {
  // zod writes the safe integers as the range of any integer.
  const from = minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER ? undefined : minimum;
  const to = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? undefined : maximum;
  const shown = (value: number): string => value.toLocaleString("en");
  if (from !== undefined && to !== undefined) return `, ${shown(from)} to ${shown(to)}`;
  if (from !== undefined) return `, at least ${shown(from)}`;
  return to === undefined ? "" : `, at most ${shown(to)}`;
}

function listed(all: readonly string[]): string {
  return all.length < 2 ? all.join("") : `${all.slice(0, -1).join(", ")} or ${all.at(-1)}`;
}
