/**
 * A time limit for each file of tests, kept by the process that hands them out: jest-light-runner has no time limit of its
 * own, and a file that never ends, in a busy loop for one, cannot end itself. Its process is killed together with those
 * that it started; the pool then reports the file as failed and starts another process for the rest.
 *
 * Which process has which file is seen from outside: the pool's messages to it and from it are
 *   { source: "port", taskId, task: path }   and   { source: "port", taskId, result, error }
 */
import { type ChildProcess, execFileSync } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";

/** Whether it is one of the pool's processes. */
const POOL_ENTRY = /[\\/]tinypool[\\/]dist[\\/]entry[\\/]process\.js$/;
const DEFAULT_LIMIT_S = 600;
/** For the process to say which test it is at, if it can. */
const GRACE_S = 2;

/** What such a process is asked, and what it answers with (test/setup.ts). */
export const ASK_TEST = "which test is it?";
export interface TestName {
  readonly currentTest: string;
}

interface Running {
  readonly path: string;
  seconds: number;
  currentTest: string;
}

/** `TEST_FILE_LIMIT_S` in the environment, in seconds. */
export function limitFromEnvironment(text = process.env.TEST_FILE_LIMIT_S): number {
  const limitS = text === undefined || text === "" ? DEFAULT_LIMIT_S : Number(text);
  if (!(limitS > 0)) throw new Error(`TEST_FILE_LIMIT_S: expected a number of seconds above 0, got ${text}`);
  return limitS;
}

export class FileLimit {
  readonly #limitS: number;
  readonly #running = new Map<ChildProcess, Running>();
  readonly #failures = new Map<string, Error>();
  readonly #timer: NodeJS.Timeout;

  /** Begins to watch the processes that are started from now on. */
  constructor(limitS: number) {
    this.#limitS = limitS;
    subscribe("child_process", this.#onStart);
    // By ticks: time in which this process was paused is no time that a test took.
    this.#timer = setInterval(() => this.#tick(), 1000);
    this.#timer.unref();
  }

  /** Why the file was ended; `undefined` when it was not. */
  failureOf(path: string): Error | undefined {
    return this.#failures.get(path);
  }

  /** May be called twice. */
  close(): void {
    unsubscribe("child_process", this.#onStart);
    clearInterval(this.#timer);
  }

  readonly #onStart = (message: unknown): void => {
    const { process: child } = message as { readonly process: ChildProcess };
    // It is announced before it has its arguments; its first file comes later than this.
    queueMicrotask(() => {
      if (child.send !== undefined && child.spawnargs.some((arg) => POOL_ENTRY.test(arg))) this.#watch(child);
    });
  };

  #watch(child: ChildProcess): void {
    const send = child.send;
    child.send = (message: unknown, ...rest: unknown[]): boolean => {
      const { source, task } = (message ?? {}) as { readonly source?: unknown; readonly task?: unknown };
      if (source === "port" && typeof task === "string") {
        this.#running.set(child, { path: task, seconds: 0, currentTest: "" });
      }
      return Reflect.apply(send, child, [message, ...rest]);
    };
    child.on("message", (message) => {
      const { source, currentTest } = message as { readonly source?: unknown } & Partial<TestName>;
      const running = this.#running.get(child);
      if (source === "port") this.#running.delete(child);
      else if (currentTest !== undefined && running !== undefined) running.currentTest = currentTest;
    });
    child.on("exit", () => this.#running.delete(child));
  }

  #tick(): void {
    for (const [child, running] of this.#running) {
      running.seconds += 1;
      if (running.seconds === Math.ceil(this.#limitS)) child.send(ASK_TEST, () => undefined);
      if (running.seconds === Math.ceil(this.#limitS) + GRACE_S) this.#end(child, running);
    }
  }

  #end(child: ChildProcess, { path, currentTest }: Running): void {
    const at = currentTest === "" ? "it does not say at which test" : `it was at or after: ${currentTest}`;
    const error = new Error(`not over after ${this.#limitS} s (TEST_FILE_LIMIT_S), so its process was ended; ${at}`);
    // Where this was noticed says nothing about the test.
    error.stack = `${error.name}: ${error.message}`;
    this.#failures.set(path, error);
    for (const pid of descendantsOf(child.pid as number)) kill(pid);
    child.kill("SIGKILL");
  }
}

/** Processes that a process has started, and those that they have; none where `ps` is missing. */
function descendantsOf(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const line of processTable().split("\n")) {
    const [pid, parent] = line.trim().split(/\s+/).map(Number);
    if (pid !== undefined && parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const found = [...(children.get(root) ?? [])];
  // Grows while it is walked.
  for (const pid of found) found.push(...(children.get(pid) ?? []));
  return found;
}

function processTable(): string {
  try {
    return execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" });
  } catch {
    return "";
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}
