/** How an error is told to the user: one sentence, with what to do; the stack only for those who asked for it. */
import { basename, dirname } from "node:path";
import { TEMP_PREFIX } from "../../core/durableFile.ts";
import { type AiBlockError, errorCode, errorMessage } from "../../core/errors.ts";
import { printable } from "../../core/printable.ts";
import { adviceFor, EXIT, exitCodeOf } from "./exitCodes.ts";
import { paint } from "./style.ts";
import { systemWords } from "./systemErrors.ts";

/** `ENOENT: no such file or directory, open '/path'`, as it stands inside our own messages, which name the path. */
const SYSTEM_MESSAGE = /\bE[A-Z0-9]+: ([^,\n]+), [a-z]+(?: '[^'\n]*')?/g;

/** The text for stderr. `withStack`: for `--log-level debug`. */
export function describeError(error: unknown, stream: NodeJS.WriteStream, withStack: boolean): string {
  const lines = sentenceOf(error).split("\n").map(printable);
  const stack = withStack ? stackOf(error) : "";
  // Who stops the work asked for that; it is no error.
  const head = exitCodeOf(error) === EXIT.interrupted ? "" : `${paint("red", "error:", stream)} `;
  return `${head}${lines.join("\n")}\n${stack}`;
}

/** The sentence without colours and without the stack; it may have several lines. */
export function sentenceOf(error: unknown): string {
  const code = errorCode(error);
  const advice = adviceFor(code);
  return (sentence(error, code) ?? unexpected(error)) + (advice === undefined ? "" : `; ${advice}`);
}

function sentence(error: unknown, code: string | undefined): string | undefined {
  if (isOurs(error)) return error.message.replace(SYSTEM_MESSAGE, "$1");
  if (code === "ABORT_ERR") return "stopped before the end";
  const meaning = systemWords(code);
  if (meaning !== undefined) return `${pathOf(error) ?? "the system"}: ${meaning}`;
  // Other codes of the system and of libraries come with a sentence of their own.
  return code === undefined || code.startsWith("ERR_") ? undefined : errorMessage(error);
}

/** The path that the user knows: temporary files are ours, their target or their folder is what was named. */
function pathOf(error: unknown): string | undefined {
  const { path, dest } = error as { readonly path?: unknown; readonly dest?: unknown };
  if (typeof path !== "string" || !basename(path).startsWith(TEMP_PREFIX)) {
    return typeof path === "string" ? path : undefined;
  }
  return typeof dest === "string" ? dest : dirname(path);
}

function unexpected(error: unknown): string {
  return `unexpected: ${errorMessage(error)}; this is a mistake in ai-block, please report it with what --log-level debug adds`;
}

function isOurs(error: unknown): error is AiBlockError {
  return (error as { name?: unknown } | null)?.name === "AiBlockError";
}

/** The stack, and those of the causes. */
function stackOf(error: unknown): string {
  const stacks: string[] = [];
  for (let at: unknown = error; at instanceof Error && stacks.length < 8; at = at.cause) {
    stacks.push(at.stack ?? errorMessage(at));
  }
  return stacks.map((stack) => `${stack.split("\n").map(printable).join("\n")}\n`).join("caused by ");
}
