/**
 * The manifest file: what a publisher writes by hand or by program, as JSON. It is checked as a whole, and all mistakes
 * are listed at once, each with its place.
 */
import type * as z from "zod";
import { MAX_MANIFEST_BYTES } from "../../chain/limits.ts";
import { excerpt } from "../../core/bytes.ts";
import { AiBlockError, errorMessage } from "../../core/errors.ts";
import { didYouMean } from "../../core/nearest.ts";
import { readInput } from "../framework/readInput.ts";
import { type ManifestFile, manifestSchema } from "./manifestSchema.ts";

const MAX_LISTED = 50;

/** Throws `bad_manifest_file` with every mistake, and as `readInput` does. */
export async function readManifestFile(file: string, signal?: AbortSignal): Promise<ManifestFile> {
  const value = parse(file, await readInput(file, { maxBytes: MAX_MANIFEST_BYTES, signal }));
  const result = manifestSchema.safeParse(value);
  if (result.success) return result.data;
  throw badFile(
    file,
    result.error.issues.flatMap((issue) => sentences(issue, value)),
  );
}

function parse(file: string, text: string): unknown {
  let strange = false;
  let value: unknown;
  try {
    value = JSON.parse(text, (key, inner) => {
      strange ||= key === "__proto__";
      return inner;
    });
  } catch (error) {
    throw badFile(file, [`expected JSON, got something else: ${errorMessage(error)}`]);
  }
  // The schema would pass over it in silence.
  if (strange) throw badFile(file, ['expected no key "__proto__", got one']);
  return value;
}

function badFile(file: string, mistakes: readonly string[]): AiBlockError {
  const shown = mistakes.slice(0, MAX_LISTED).map((each) => `  ${each}`);
  if (mistakes.length > shown.length) shown.push(`  and ${mistakes.length - shown.length} more`);
  const count = mistakes.length === 1 ? "one mistake" : `${mistakes.length} mistakes`;
  return new AiBlockError("bad_manifest_file", `manifest file ${file}: ${count}\n${shown.join("\n")}`, { mistakes });
}

/** `slots["layer0.expert0"][1].shape: expected …, got …`. */
function sentences(issue: z.core.$ZodIssue, root: unknown): string[] {
  if (issue.code === "unrecognized_keys") {
    const place = (key: string): string => placeOf([...issue.path, key]);
    return issue.keys.map((key) => `${place(key)}: there is no such field${didYouMean(key, fieldsAt(issue.path))}`);
  }
  const value = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], root);
  return [`${placeOf(issue.path) || "the file"}: ${issue.message}, got ${describe(value)}`];
}

function placeOf(path: readonly PropertyKey[]): string {
  return path
    .map((key, i) => {
      if (typeof key === "number") return `[${key}]`;
      return /^\w+$/.test(String(key)) ? `${i === 0 ? "" : "."}${String(key)}` : `[${JSON.stringify(String(key))}]`;
    })
    .join("");
}

/** The fields there are at a place: of the file, or of a tensor. */
function fieldsAt(path: readonly PropertyKey[]): string[] {
  return path.length === 0 ? Object.keys(manifestSchema.shape) : ["name", "dtype", "shape", "bytes"];
}

function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === "object" && value !== null ? "an object" : excerpt(value);
}
