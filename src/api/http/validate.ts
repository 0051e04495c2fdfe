/** Checks input against a schema; the first mistake is answered with the field's name. */
import type * as z from "zod";
import { excerpt } from "../../core/bytes.ts";
import { expectedWords } from "../../core/expectedWords.ts";
import { didYouMean } from "../../core/nearest.ts";
import { apiError } from "../errors/apiError.ts";
import type { ApiErrorCode } from "../errors/errorTable.ts";

/** The checked value. Throws `missing_required_parameter`, `unknown_parameter`, `invalid_value` with `data.param`. */
export function validate<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const result = schema.safeParse(input, { error: expectedWords });
  if (result.success) return result.data;
  const { issues } = result.error;
  throw toError(issues.find((issue) => ownOf(issue).first === true) ?? issues[0]!, input, schema);
}

/** What a rule of a schema says of its mistake in `params`. */
interface OwnParams {
  /** Default `invalid_value`. */
  readonly code?: ApiErrorCode;
  /** What came, in words. Default: the value. */
  readonly got?: string;
  /** It explains the other mistakes, so it is the one to tell. */
  readonly first?: boolean;
}

function ownOf(issue: z.core.$ZodIssue): OwnParams {
  return (issue as { params?: OwnParams }).params ?? {};
}

function toError(issue: z.core.$ZodIssue, input: unknown, schema: z.ZodType): Error {
  const { path, issue: inner } = innermost(issue);
  if (inner.code === "unrecognized_keys") {
    const name = inner.keys[0]!;
    const param = pathText([...path, name]);
    const nearest = path.length === 0 ? didYouMean(name, fieldsOf(schema)) : "";
    return apiError("unknown_parameter", `${param}: there is no such parameter${nearest}`, { param });
  }
  const param = pathText(path);
  const value = at(input, path);
  const { code, got = shown(value) } = ownOf(inner);
  const missing = value === undefined && path.length > 0;
  const fallback = missing ? "missing_required_parameter" : "invalid_value";
  return apiError(code ?? fallback, `${param}: ${inner.message}, got ${got}`, { param });
}

/** Names of the fields of an object's schema. */
function fieldsOf(schema: z.ZodType): string[] {
  return Object.keys((schema as { readonly shape?: object }).shape ?? {});
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
  if (value === undefined) return "nothing";
  if (typeof value === "object" && value !== null)
    return Array.isArray(value) ? `a list of ${value.length}` : "an object";
  return excerpt(value);
}
