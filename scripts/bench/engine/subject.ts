/**
 * What is measured: an engine in a process of its own, driven by messages, so that two of them can take turns in one
 * run and each has its own memory figures. The child is idle between commands.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { Precision } from "../../../src/moe/engine/engine.ts";

export interface LoadCommand {
  readonly command: "load";
  /** A checkpoint folder or a GGUF file. */
  readonly model: string;
  readonly threads: number;
  readonly maxPositions: number;
  /** Ours only. */
  readonly precision?: Precision;
  readonly cacheFolder?: string;
  readonly expertBudgetBytes?: number;
}

export type Command =
  | LoadCommand
  /** Seconds from nothing cached to the first token after these. */
  | { readonly command: "prompt"; readonly ids: readonly number[] }
  /** Begins a sequence: seconds from nothing cached to the first token after these. */
  | { readonly command: "begin"; readonly ids: readonly number[] }
  /** Goes on with it: seconds for `tokens` more tokens. */
  | { readonly command: "next"; readonly tokens: number }
  /** Ours only: seconds until every one of these prompts has got `tokens` tokens, the first of each not counted. */
  | { readonly command: "batch"; readonly prompts: readonly (readonly number[])[]; readonly tokens: number }
  /** Ours only: begins with these, aborts after some steps: seconds from then to the end of the generation. */
  | { readonly command: "abort"; readonly ids: readonly number[] }
  | { readonly command: "memory" };

export interface Answer {
  readonly seconds?: number;
  readonly memory?: Memory;
  readonly error?: string;
}

export interface Memory {
  /** The most the process ever held, mapped files included. */
  readonly peakBytes: number;
  /** Held now without mapped files. */
  readonly privateBytes: number;
}

export interface SubjectImplementation {
  load(command: LoadCommand): Promise<void>;
  prompt(ids: readonly number[]): Promise<void>;
  begin(ids: readonly number[]): Promise<void>;
  /** Returns seconds. Nothing is computed before it is called or after it has returned. */
  next(tokens: number): Promise<number>;
  batch?(prompts: readonly (readonly number[])[], tokens: number): Promise<number>;
  /** Returns seconds. */
  abort?(ids: readonly number[]): Promise<number>;
}

/** The parent's handle on a child. */
export class Subject {
  readonly #child: ChildProcess;

  constructor(module: URL, args: readonly string[]) {
    this.#child = fork(module, [...args], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  }

  async send(command: Command): Promise<Answer> {
    const gone = new AbortController();
    const exited = once(this.#child, "exit", { signal: gone.signal }).then(() => ({ error: "the process ended" }));
    exited.catch(() => {});
    this.#child.send(command);
    const answered = once(this.#child, "message", { signal: gone.signal }).then(([answer]) => answer as Answer);
    try {
      const answer = await Promise.race([answered, exited]);
      if (answer.error !== undefined) throw new Error(`${command.command}: ${answer.error}`);
      return answer;
    } finally {
      answered.catch(() => {});
      gone.abort();
    }
  }

  async seconds(command: Command): Promise<number> {
    return (await this.send(command)).seconds as number;
  }

  async memory(): Promise<Memory> {
    return (await this.send({ command: "memory" })).memory as Memory;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }
}

/** The child's side: answers commands one after the other. */
export function serve(implementation: SubjectImplementation): void {
  let busy = Promise.resolve();
  // The parent is gone, however that came.
  process.on("disconnect", () => process.exit());
  process.on("message", (message) => {
    busy = busy.then(async () => {
      let answer: Answer;
      try {
        answer = await carryOut(implementation, message as Command);
      } catch (error) {
        answer = { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
      }
      process.send?.(answer);
    });
  });
}

async function carryOut(implementation: SubjectImplementation, command: Command): Promise<Answer> {
  const start = performance.now();
  const sinceStart = () => (performance.now() - start) / 1000;
  switch (command.command) {
    case "load":
      await implementation.load(command);
      return { seconds: sinceStart() };
    case "prompt":
      await implementation.prompt(command.ids);
      return { seconds: sinceStart() };
    case "begin":
      await implementation.begin(command.ids);
      return { seconds: sinceStart() };
    case "next":
      return { seconds: await implementation.next(command.tokens) };
    case "batch":
      if (implementation.batch === undefined) throw new Error("this engine has no batches");
      return { seconds: await implementation.batch(command.prompts, command.tokens) };
    case "abort":
      if (implementation.abort === undefined) throw new Error("this engine has no aborts");
      return { seconds: await implementation.abort(command.ids) };
    case "memory":
      return { memory: memory() };
  }
}

/** From /proc where there is one; elsewhere the peak of the resident set. */
function memory(): Memory {
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  try {
    const status = readFileSync("/proc/self/status", "utf8");
    return { peakBytes, privateBytes: Number(/RssAnon:\s+(\d+)/.exec(status)?.[1]) * 1024 };
  } catch {
    return { peakBytes, privateBytes: process.memoryUsage().rss };
  }
}
