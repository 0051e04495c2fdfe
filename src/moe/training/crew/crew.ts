/** The training threads as the trainer sees them: one command at a time, answered by all. */
import "../../engine/telemetry.ts";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { AiBlockError, errorMessage } from "../../../core/errors.ts";
import { trainingError } from "../errors.ts";
import { Barrier, requestAbort, resetControl } from "./barrier.ts";
import type { ThreadAnswer, ThreadCommand, ThreadResult, ThreadSetup } from "./commands.ts";

export class Crew {
  readonly #workers: readonly Worker[];
  readonly #control: Int32Array;
  #last: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  /** One thread for each of `setup.memory.gradients`. */
  constructor(setup: Omit<ThreadSetup, "thread">) {
    this.#control = setup.memory.control;
    this.#workers = setup.memory.gradients.map(
      (_, thread) => new Worker(new URL("./worker.ts", import.meta.url), { workerData: { ...setup, thread } }),
    );
  }

  get threads(): number {
    return this.#workers.length;
  }

  /**
   * Gives each thread its command and waits for all answers. Commands queue up.
   * Throws what a thread threw, `training_aborted`, `training_failed`, `trainer_closed`.
   */
  run(commands: readonly ThreadCommand[], signal?: AbortSignal): Promise<ThreadResult[]> {
    if (this.#closing !== undefined) throw trainingError("trainer_closed", "trainer: it is closed");
    const done = this.#last.then(() => this.#runNow(commands, signal));
    this.#last = done.catch(() => {});
    return done;
  }

  /** Waits for work in flight. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= this.#last.then(async () => {
      const ended = this.#workers.map((worker) => (worker.threadId < 0 ? undefined : once(worker, "exit")));
      for (const worker of this.#workers) worker.postMessage(null);
      await Promise.all(ended);
    });
    return this.#closing;
  }

  async #runNow(commands: readonly ThreadCommand[], signal: AbortSignal | undefined): Promise<ThreadResult[]> {
    signal?.throwIfAborted();
    resetControl(this.#control);
    const abort = (): void => requestAbort(this.#control);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      const answers = await Promise.all(
        this.#workers.map((worker, i) => this.#ask(worker, commands[i] as ThreadCommand)),
      );
      return resultsOf(answers, signal);
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  #ask(worker: Worker, command: ThreadCommand): Promise<ThreadAnswer> {
    return new Promise((resolve) => {
      const finish = (answer: ThreadAnswer): void => {
        worker.off("message", finish).off("error", fail).off("exit", exit);
        resolve(answer);
      };
      const fail = (error: unknown): void => {
        // The others may wait for this thread.
        new Barrier(this.#control, this.threads).stop();
        finish({
          kind: "failed",
          code: "training_failed",
          message: `training: a thread ended: ${errorMessage(error)}`,
          data: {},
        });
      };
      const exit = (code: number): void => fail(new Error(`exit code ${code}`));
      worker.on("message", finish).on("error", fail).on("exit", exit);
      if (worker.threadId < 0) exit(0);
      else worker.postMessage(command);
    });
  }
}

/** The first error that is not only the echo of another thread's. */
function resultsOf(answers: readonly ThreadAnswer[], signal: AbortSignal | undefined): ThreadResult[] {
  const failures = answers.filter((answer) => answer.kind === "failed");
  const failure = failures.find(({ code }) => code !== "training_aborted") ?? failures[0];
  if (failure === undefined) return answers.flatMap((answer) => (answer.kind === "done" ? [answer.result] : []));
  if (failure.code === "training_aborted") signal?.throwIfAborted();
  throw new AiBlockError(failure.code ?? "training_failed", failure.message, failure.data);
}
