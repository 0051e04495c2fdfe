/**
 * One chat template: Jinja source to a function of its variables.
 * The globals are those of the reference library: `raise_exception`, `strftime_now`, `range`, `namespace` and constants.
 */
import { AiBlockError } from "../../core/errors.ts";
import { BoundedInterpreter, DEFAULT_RENDER_LIMITS, limitError, type RenderLimits } from "./boundedInterpreter.ts";
import { textError } from "./errors.ts";
import { Environment, parse, type TemplateNode, tokenize } from "./jinjaLibrary.ts";
import { MAX_TEMPLATE_CHARS, MAX_TEMPLATE_SPACE_RUN } from "./limits.ts";
import { strftime } from "./strftime.ts";

export type TemplateVariables = ReadonlyMap<string, unknown>;

/**
 * Parses a template. Throws `chat_template_invalid`.
 * The function renders it and throws `chat_template_raised` when the template refuses its input (`raise_exception`),
 * `chat_template_limit` when it goes on for too long, and `chat_template_failed` for any other error inside it.
 */
export function compileTemplate(
  source: string,
  limits: RenderLimits = DEFAULT_RENDER_LIMITS,
): (variables: TemplateVariables, now: Date) => string {
  const program = parseTemplate(source);
  return (variables, now) => {
    const environment = new Environment();
    const globals = new Map<string, unknown>([
      ["true", true],
      ["false", false],
      ["none", null],
      ["True", true],
      ["False", false],
      ["None", null],
      ["raise_exception", raise],
      ["range", (...args: unknown[]) => range(args, limits.maxItems)],
      ["strftime_now", (format: unknown) => strftime(now, String(format))],
    ]);
    for (const [name, value] of variables) {
      if (globals.has(name) || name === "namespace") {
        throw textError("messages_invalid", `variables: expected a name that is free, got ${name}`, { name });
      }
      globals.set(name, value);
    }
    for (const [name, value] of globals) environment.set(name, value);
    try {
      return String(new BoundedInterpreter(environment, limits).run(program).value);
    } catch (cause) {
      throw renderError(cause);
    }
  };
}

function parseTemplate(source: string): TemplateNode {
  if (source.length > MAX_TEMPLATE_CHARS) {
    throw textError(
      "chat_template_invalid",
      `chat template: expected at most ${MAX_TEMPLATE_CHARS} characters, got ${source.length}`,
    );
  }
  if (longestSpaceRun(source) > MAX_TEMPLATE_SPACE_RUN) {
    throw textError(
      "chat_template_invalid",
      `chat template: expected at most ${MAX_TEMPLATE_SPACE_RUN} white-space characters in a row, got more`,
    );
  }
  try {
    return parse(tokenize(source, { lstrip_blocks: true, trim_blocks: true }));
  } catch (cause) {
    const reason = (cause as Error).message;
    throw textError("chat_template_invalid", `chat template: expected Jinja (${reason})`, { reason }, { cause });
  }
}

function longestSpaceRun(text: string): number {
  let longest = 0;
  for (const run of text.match(/\s+/g) ?? []) longest = Math.max(longest, run.length);
  return longest;
}

function renderError(cause: unknown): Error {
  if (cause instanceof AiBlockError) return cause;
  // Endless recursion of macros, or a text beyond what the JavaScript engine can hold.
  if (cause instanceof RangeError)
    return limitError(cause.message.includes("stack") ? "nested calls" : "characters", 0);
  const reason = cause instanceof Error ? cause.message : String(cause);
  return textError("chat_template_failed", `chat template: it failed (${reason})`, { reason }, { cause });
}

function raise(message: unknown): never {
  const reason = String(message);
  throw textError("chat_template_raised", `messages: the model's chat template refused them: ${reason}`, { reason });
}

/** Python's `range`, with a cap on its length. */
function range(args: readonly unknown[], maxItems: number): number[] {
  const [first = 0, second, step = 1] = args as number[];
  const [start, stop] = second === undefined ? [0, first] : [first, second];
  if (![start, stop, step].every(Number.isInteger) || step === 0) {
    throw new TypeError(`range expected integers and a step other than 0, got ${args.join(", ")}`);
  }
  const length = Math.max(0, Math.ceil((stop - start) / step));
  if (length > maxItems) throw limitError("items", maxItems);
  return Array.from({ length }, (_, i) => start + i * step);
}
