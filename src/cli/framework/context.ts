/** What a command gets to work with: configuration, output, progress, and the signal that ends it. */
import { systemClock } from "../../core/clock.ts";
import { loadConfig } from "../../core/config/load.ts";
import type { Config } from "../../core/config/options.ts";
import type { ResolvedConfig } from "../../core/config/resolve.ts";
import { printable } from "../../core/printable.ts";
import type { Output } from "./output.ts";
import { Progress } from "./progress/progress.ts";
import { createRenderer, type ProgressMode } from "./progress/renderers.ts";
import { paint, type Style } from "./style.ts";

export interface ContextParts {
  /** Global flags by attribute name. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: NodeJS.ProcessEnv;
  readonly out: Output;
  readonly err: NodeJS.WriteStream;
  readonly signal: AbortSignal;
}

export class CommandContext {
  readonly out: Output;
  /** Aborts when the user wants the command to stop. */
  readonly signal: AbortSignal;
  readonly #parts: ContextParts;
  #resolved: ResolvedConfig | undefined;
  #progress: Progress | undefined;

  constructor(parts: ContextParts) {
    this.#parts = parts;
    this.out = parts.out;
    this.signal = parts.signal;
  }

  /** The configuration with its sources. Throws `bad_config`, `bad_config_file` or `config_file_missing`. */
  get resolved(): ResolvedConfig {
    if (this.#resolved === undefined) {
      this.#resolved = loadConfig(this.#parts);
      for (const warning of this.#resolved.warnings) this.warn(warning);
    }
    return this.#resolved;
  }

  get config(): Config {
    return this.resolved.config;
  }

  get env(): NodeJS.ProcessEnv {
    return this.#parts.env;
  }

  /** One line of the result. */
  print(text: string): void {
    if (this.out.stream.isTTY) this.#progress?.clear();
    this.out.line(text);
  }

  /** Something to know that is not the result: one line on stderr. */
  note(text: string): void {
    this.#progress?.clear();
    this.#parts.err.write(`${printable(text)}\n`);
  }

  warn(text: string): void {
    this.#progress?.clear();
    this.#parts.err.write(`${paint("yellow", "warning:", this.#parts.err)} ${printable(text)}\n`);
  }

  /** `text` in a colour, if the result goes to a terminal. */
  paint(style: Style, text: string): string {
    return paint(style, text, this.out.stream);
  }

  /** Does `work` while its progress is shown. */
  async withProgress<T>(mode: ProgressMode, work: (progress: Progress) => Promise<T>): Promise<T> {
    const progress = new Progress(createRenderer(mode, this.#parts.err), systemClock);
    this.#progress = progress;
    try {
      const result = await work(progress);
      progress.finish();
      return result;
    } finally {
      progress.close();
      this.#progress = undefined;
    }
  }
}
