/**
 * The template library's interpreter with an end to everything: evaluated nodes, time, the length of each text and
 * list. Templates come with models from strangers, and Jinja can loop over loops and double a text at every turn.
 *
 * The library evaluates every node through one method, so the checks sit there. One built-in (such as `replace` with a
 * long replacement) can still make one text of up to 512 MB before it is refused; only a worker with a memory limit
 * bounds that (`textWorker.ts`).
 */
import { textError } from "./errors.ts";
import type { JinjaEnvironment, RuntimeValue, TemplateNode } from "./jinjaLibrary.ts";
import { MAX_TEMPLATE_ITEMS, MAX_TEMPLATE_MS, MAX_TEMPLATE_STEPS, MAX_TEXT_CHARS } from "./limits.ts";
import { PythonInterpreter } from "./pythonInterpreter.ts";

export interface RenderLimits {
  readonly maxSteps: number;
  readonly maxMs: number;
  readonly maxChars: number;
  readonly maxItems: number;
}

export const DEFAULT_RENDER_LIMITS: RenderLimits = {
  maxSteps: MAX_TEMPLATE_STEPS,
  maxMs: MAX_TEMPLATE_MS,
  maxChars: MAX_TEXT_CHARS,
  maxItems: MAX_TEMPLATE_ITEMS,
};

/** Throws `chat_template_limit` from `run`, with `data.limit` naming the ceiling. */
export class BoundedInterpreter extends PythonInterpreter {
  readonly #limits: RenderLimits;
  readonly #endMs: number;
  #steps = 0;

  constructor(environment: JinjaEnvironment, limits: RenderLimits) {
    super(environment);
    this.#limits = limits;
    this.#endMs = performance.now() + limits.maxMs;
  }

  override evaluate(node: TemplateNode | undefined, environment: JinjaEnvironment): RuntimeValue {
    this.#steps += 1;
    if (this.#steps > this.#limits.maxSteps) throw limitError("steps", this.#limits.maxSteps);
    if (this.#steps % 64 === 0 && performance.now() > this.#endMs) throw limitError("milliseconds", this.#limits.maxMs);
    const result = super.evaluate(node, environment);
    const { value } = result;
    if (typeof value === "string" && value.length > this.#limits.maxChars) {
      throw limitError("characters", this.#limits.maxChars);
    }
    if (Array.isArray(value) && value.length > this.#limits.maxItems) throw limitError("items", this.#limits.maxItems);
    return result;
  }
}

export function limitError(limit: string, max: number): Error {
  return textError("chat_template_limit", `chat template: expected at most ${max} ${limit}, and it went on`, {
    limit,
    max,
  });
}
