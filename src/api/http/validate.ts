/** Checks input against a schema; the first mistake is answered with the field's name. */
import type * as z from "zod";
import { excerpt } from "../../core/bytes.ts";
import { apiError } from "../errors/apiError.ts";

/** The checked value. Throws `missing_required_parameter`, `unknown_parameter`, `invalid_value` with `data.param`. */
export function validate<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw toError(result.error.issues[0]!, input);
}

function toError(issue: z.core.$ZodIssue, input: unknown): Error {
  const { path, issue: inner } = innermost(issue);
  if (inner.code === "unrecognized_keys") {
    const param = pathText([...path, inner.keys[0]!]);
    return apiError("unknown_parameter", `${param}: there is no such parameter`, { param });
  }
  const param = pathText(path);
  const got = at(input, path);
  if (got === undefined && path.length > 0) {
    return apiError("missing_required_parameter", `${param}: a value is required`, { param });
  }
  const named = (inner as { params?: { code?: string } }).params?.code;
  const code = named === "unsupported_value" || named === "unsupported_content" ? named : "invalid_value";
  return apiError(code, `${param}: ${inner.message}, got ${shown(got)}`, { param });
}

/** Of a union that nothing matched: the mistake of the alternative that came furthest. */
function innermost(issue: z.core.$ZodIssue): { path: PropertyKey[]; issue: z.core.$ZodIssue } {
  let current = issue;
  let path = [...issue.path];
  while (current.code === "invalid_union") {
    const nested = current.errors.map((issues) => issues[0]).filter((each) => each !== undefined);
    const deepest = nested.toSorted((a, b) => b.path.length - a.path.length)[0];
    if (deepest === undefined || deepest.path.length === 0) break;
    path = [...path, ...deepest.path];
    current = deepest;
  }
  return { path, issue: current };
}

function pathText(path: readonly PropertyKey[]): string {
  const text = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  const name = text.replace(/^\./, "") || "body";
  return name.length > 100 ? `${name.slice(0, 100)}…` : name;
}

function at(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const part of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}

function shown(value: unknown): string {
  if (typeof value === "object" && value !== null)
    return Array.isArray(value) ? `a list of ${value.length}` : "an object";
  return excerpt(value);
}
