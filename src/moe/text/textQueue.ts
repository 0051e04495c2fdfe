/**
 * The calls to a tokenizer's thread, in order, one at a time; the thread itself comes and goes.
 *
 * Invariant: every call ends, with a result or an error, at the latest when its deadline has passed, the thread has
 * died, or the queue is closed.
 */
import { Worker } from "node:worker_threads";
import { type AiBlockError, errorCode, errorMessage } from "../../core/errors.ts";
import { type TextErrorCode, textError } from "./errors.ts";
import type { TextCall, TextReply, TextRequest, TextResults, TextThreadData } from "./textProtocol.ts";
import type { TokenizerFiles } from "./tokenizerFiles.ts";

export interface TextQueueOptions {
  /** Longest time of one call, in milliseconds. Default 10,000. */
  readonly maxCallMs?: number | undefined;
  /** Heap of the thread, in MiB. Default 1,024; a vocabulary of 200,000 takes about 200. */
  readonly maxHeapMiB?: number | undefined;
  /** Calls that may wait. Default 256. */
  readonly maxWaiting?: number | undefined;
}

interface Job {
  readonly call: TextCall;
  readonly resolve: (result: TextReply & { result: unknown }) => void;
  readonly reject: (error: unknown) => void;
}

/** Calls in order, one in the thread at a time. */
export class TextQueue {
  readonly #files: TokenizerFiles;
  readonly #maxCallMs: number;
  readonly #maxHeapMiB: number;
  readonly #maxWaiting: number;
  readonly #waiting: Job[] = [];
  #running: { readonly job: Job; readonly number: number; readonly timer: NodeJS.Timeout } | undefined;
  #worker: Worker | undefined;
  #ending: Promise<unknown> = Promise.resolve();
  #number = 0;
  #closed = false;

  constructor(files: TokenizerFiles, options: TextQueueOptions) {
    this.#files = files;
    this.#maxCallMs = options.maxCallMs ?? 10_000;
    this.#maxHeapMiB = options.maxHeapMiB ?? 1024;
    this.#maxWaiting = options.maxWaiting ?? 256;
  }

  call<K extends TextCall["kind"]>(
    call: TextCall & { kind: K },
    signal: AbortSignal | undefined,
  ): Promise<TextResults[K]> {
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    if (this.#closed) return Promise.reject(closedError());
    if (this.#waiting.length >= this.#maxWaiting) {
      return Promise.reject(textError("text_busy", `text: expected at most ${this.#maxWaiting} waiting calls`));
    }
    return new Promise((resolve, reject) => {
      const stop = () => {
        // A call that runs already goes on in the thread, until its own deadline; nobody waits for it.
        const place = this.#waiting.indexOf(job);
        if (place >= 0) this.#waiting.splice(place, 1);
        reject(signal?.reason);
      };
      const job: Job = {
        call,
        resolve: ({ result }) => {
          signal?.removeEventListener("abort", stop);
          resolve(result as TextResults[K]);
        },
        reject: (error) => {
          signal?.removeEventListener("abort", stop);
          reject(error);
        },
      };
      signal?.addEventListener("abort", stop, { once: true });
      this.#waiting.push(job);
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const job of this.#waiting.splice(0)) job.reject(closedError());
    this.#endThread(closedError());
    await this.#ending;
  }

  #next(): void {
    if (this.#running !== undefined) return;
    const job = this.#waiting.shift();
    if (job === undefined) return;
    const worker = this.#thread();
    const number = ++this.#number;
    const timer = setTimeout(() => {
      this.#endThread(textError("text_timeout", `text: expected an answer within ${this.#maxCallMs} ms`));
    }, this.#maxCallMs);
    this.#running = { job, number, timer };
    worker.ref();
    try {
      worker.postMessage({ number, call: job.call } satisfies TextRequest);
    } catch (cause) {
      // Something that cannot be cloned, such as a function among a template's variables.
      const message = `messages: expected plain data (${errorMessage(cause)})`;
      this.#settle((one) => one.reject(textError("messages_invalid", message, {}, { cause })));
    }
  }

  #thread(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(new URL("./textThread.ts", import.meta.url), {
      workerData: { files: this.#files } satisfies TextThreadData,
      resourceLimits: { maxOldGenerationSizeMb: this.#maxHeapMiB },
    });
    worker.on("message", (reply: TextReply) => {
      if (reply.number !== this.#running?.number) return;
      this.#settle((job) => ("failure" in reply ? job.reject(errorOf(reply.failure)) : job.resolve(reply)));
    });
    worker.on("error", (cause) => {
      if (worker !== this.#worker) return;
      const outOfMemory = errorCode(cause) === "ERR_WORKER_OUT_OF_MEMORY";
      this.#endThread(
        outOfMemory
          ? textError("text_memory", `text: expected a heap of at most ${this.#maxHeapMiB} MiB`, {}, { cause })
          : textError("text_failed", `text: the thread failed (${errorMessage(cause)})`, {}, { cause }),
      );
    });
    this.#worker = worker;
    return worker;
  }

  /** Ends the thread and fails the call that runs; those that wait go on in a new thread. */
  #endThread(reason: AiBlockError): void {
    const worker = this.#worker;
    this.#worker = undefined;
    if (worker !== undefined) this.#ending = Promise.all([this.#ending, worker.terminate()]);
    this.#settle((job) => job.reject(reason));
  }

  #settle(end: (job: Job) => void): void {
    const running = this.#running;
    if (running === undefined) return;
    clearTimeout(running.timer);
    this.#running = undefined;
    // An idle thread does not keep the process alive.
    this.#worker?.unref();
    end(running.job);
    this.#next();
  }
}

function errorOf({ code, message, data }: { code: string | undefined; message: string; data: object }): AiBlockError {
  return textError((code ?? "text_failed") as TextErrorCode, message, { ...data });
}

function closedError(): AiBlockError {
  return textError("text_closed", "text: expected an open tokenizer, it was closed");
}
