/** What keeps a node from serving the model that it was given, as one error: there is no model to serve. */
import { basename, resolve, sep } from "node:path";
import { AiBlockError, errorCode, errorMessage } from "../../core/errors.ts";
import { REFUSED_MODEL_CODES } from "../framework/modelErrors.ts";

const CODES: ReadonlySet<string> = new Set([...REFUSED_MODEL_CODES, "file_missing", "tokenizer_missing"]);

/**
 * `error` as `no_model` when it says that the model is missing or cannot be read, otherwise unchanged.
 * @param path the model as the user wrote it; the sentence names it
 */
export function asUnusableModel(error: unknown, path: string | undefined): unknown {
  const reason = errorCode(error) ?? "";
  if (!CODES.has(reason) && !isForbidden(error, reason, path)) return error;
  return new AiBlockError("no_model", naming(path, errorMessage(error)), { reason }, { cause: error });
}

/** Nobody but its owner may read it. */
function isForbidden(error: unknown, code: string, path: string | undefined): boolean {
  const { path: at } = error as { readonly path?: unknown };
  if (path === undefined || typeof at !== "string" || (code !== "EACCES" && code !== "EPERM")) return false;
  return `${at}${sep}`.startsWith(`${resolve(path)}${sep}`);
}

/** The readers know only the last part of the path, or none at all. */
function naming(path: string | undefined, message: string): string {
  if (path === undefined || message.startsWith(`${path}:`)) return message;
  const name = basename(path);
  return message.startsWith(`${name}:`) ? path + message.slice(name.length) : `${path}: ${message}`;
}
