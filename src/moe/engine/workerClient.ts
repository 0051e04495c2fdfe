/** The caller's end of the engine's worker: calls, events, and reads of weights for it. */
import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TEMP_PREFIX } from "../../core/durableFile.ts";
import { AiBlockError, errorCode, errorMessage } from "../../core/errors.ts";
import type { SlotSource } from "../slotSource.ts";
import { EngineThreads } from "./engineThreads.ts";
import type { ResolvedOptions } from "./options.ts";
import type { FromWorker, GenerateEvent, Method, Methods, SourceDescription, ToWorker } from "./protocol.ts";
import { SourceServer } from "./sourceServer.ts";
import { fromWire } from "./wireError.ts";

interface OpenCall {
  readonly onEvent: ((event: GenerateEvent) => void) | undefined;
  readonly onPrompt: ((computed: number) => void) | undefined;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: (event: GenerateEvent) => void;
  /** Positions of a generation's prompt that are computed. */
  readonly onPrompt?: ((computed: number) => void) | undefined;
}

export interface StartedCall<M extends Method> {
  readonly result: Promise<Methods[M]["result"]>;
  /** Says that the caller has taken so many events. */
  taken(count: number): void;
  abort(): void;
}

/** A worker that has not seen an abort of its start by then is in the middle of a large matrix, and is ended. */
const ABORT_GRACE_MS = 500;

export class WorkerClient {
  readonly #threads: EngineThreads;
  readonly #sources: SourceServer;
  readonly #calls = new Map<number, OpenCall>();
  readonly #ready: Promise<void>;
  readonly #exited: Promise<void>;
  readonly #idleWaiters: (() => void)[] = [];
  readonly #broken = Promise.withResolvers<AiBlockError>();
  #failure: AiBlockError | undefined;
  #closeAsked = false;
  #nextId = 1;

  /**
   * @param onReleased called when the worker has no use for a source any more
   * @param signal ends the start
   */
  constructor(
    options: ResolvedOptions,
    source: SlotSource,
    onReleased: (source: SlotSource) => void,
    signal: AbortSignal | undefined,
  ) {
    this.#sources = new SourceServer((message, transfer) => this.#threads.post(message, transfer));
    this.#onSourceReleased = onReleased;
    const workFolder = workFolderIn(options.cacheFolder);
    const abort = new Int32Array(new SharedArrayBuffer(4));
    let becomeReady: () => void = () => {};
    let failToStart: (error: unknown) => void = () => {};
    this.#ready = new Promise((resolve, reject) => {
      becomeReady = resolve;
      failToStart = reject;
    });
    const stopListening = this.#abortStart(abort, signal);
    this.#ready.then(stopListening, () => {});
    const exited = Promise.withResolvers<void>();
    this.#exited = exited.promise;
    // Who closes the engine is told; of one that failed nobody may ask.
    this.#exited.catch(() => undefined);
    this.#threads = new EngineThreads(
      { options, source: this.describe(source), abort, workFolder },
      {
        message: (message) => {
          if (message.type === "ready") becomeReady();
          else if (message.type === "failed") failToStart(fromWire(message.error));
          else this.#take(message);
        },
        failed: (error) => {
          const text = `a thread of the engine failed: ${errorMessage(error)}`;
          this.#fail(new AiBlockError("engine_failed", text, {}, { cause: error }));
          failToStart(this.#failure);
        },
        ended: (exitCode) => {
          this.#fail(
            this.#closeAsked
              ? new AiBlockError("engine_closed", "the engine is closed")
              : new AiBlockError("engine_failed", "the engine's threads ended unasked", { exitCode }),
          );
          failToStart(this.#failure);
          this.#sources.close();
          stopListening();
          // Here, because threads that were ended could not do it.
          exited.resolve(removeFolder(workFolder));
        },
      },
    );
  }

  readonly #onSourceReleased: (source: SlotSource) => void;

  /** Resolves when the model is loaded; rejects with what went wrong. */
  get ready(): Promise<void> {
    return this.#ready;
  }

  /** Resolves with the reason when the worker ends without having been told to close; else never. */
  get broken(): Promise<AiBlockError> {
    return this.#broken.promise;
  }

  get openCalls(): number {
    return this.#calls.size;
  }

  describe(source: SlotSource): SourceDescription {
    return this.#sources.describe(source, () => this.#onSourceReleased(source));
  }

  /** For a source that the worker did not take up, or has done with. */
  forget({ number }: SourceDescription): void {
    this.#sources.released(number);
  }

  /** Resolves when no call is open. */
  idle(): Promise<void> {
    if (this.#calls.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  call<M extends Method>(method: M, params: Methods[M]["params"], options: CallOptions = {}): StartedCall<M> {
    const { signal, onEvent, onPrompt } = options;
    if (method === "close") this.#closeAsked = true;
    const id = this.#nextId++;
    const flag = new Int32Array(new SharedArrayBuffer(4));
    const abort = (): void => {
      if (!this.#calls.has(id)) return;
      Atomics.store(flag, 0, 1);
      this.#post({ type: "abort", id });
    };
    const result = new Promise<Methods[M]["result"]>((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      if (signal?.aborted) return reject(signal.reason);
      this.#calls.set(id, { onEvent, onPrompt, resolve: resolve as (value: unknown) => void, reject });
      signal?.addEventListener("abort", abort, { once: true });
      this.#post({ type: "call", id, method, params, abort: flag });
    });
    const settled = result.finally(() => signal?.removeEventListener("abort", abort));
    const withReason = settled.catch((error: unknown) => {
      // The caller learns of its own abort in its own words.
      throw signal?.aborted ? signal.reason : error;
    });
    return { result: withReason, abort, taken: (count) => this.#post({ type: "taken", id, count }) };
  }

  /** Waits until the worker is gone. */
  async exited(): Promise<void> {
    await this.#exited;
  }

  /** Returns how to stop listening. */
  #abortStart(flag: Int32Array, signal: AbortSignal | undefined): () => void {
    let grace: NodeJS.Timeout | undefined;
    const abort = (): void => {
      Atomics.store(flag, 0, 1);
      this.#post({ type: "abort", id: 0 });
      grace = setTimeout(() => void this.#threads.terminate(), ABORT_GRACE_MS);
    };
    signal?.addEventListener("abort", abort, { once: true });
    return () => {
      signal?.removeEventListener("abort", abort);
      clearTimeout(grace);
    };
  }

  #post(message: ToWorker): void {
    if (this.#failure === undefined) this.#threads.post(message);
  }

  #take(message: Exclude<FromWorker, { type: "ready" | "failed" }>): void {
    switch (message.type) {
      case "events":
        for (const [id, event] of message.events) this.#calls.get(id)?.onEvent?.(event);
        break;
      case "prompt":
        this.#calls.get(message.id)?.onPrompt?.(message.computed);
        break;
      case "result":
        this.#settle(message.id)?.resolve(message.value);
        break;
      case "error":
        this.#settle(message.id)?.reject(fromWire(message.error));
        break;
      case "read":
        void this.#sources.read(message);
        break;
      case "cancelRead":
        this.#sources.cancel(message.id);
        break;
      case "released":
        this.#sources.released(message.source);
        break;
    }
  }

  #settle(id: number): OpenCall | undefined {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (this.#calls.size === 0) for (const resolve of this.#idleWaiters.splice(0)) resolve();
    return call;
  }

  #fail(error: AiBlockError): void {
    this.#failure ??= error;
    if (!this.#closeAsked) this.#broken.resolve(this.#failure);
    for (const id of [...this.#calls.keys()]) this.#settle(id)?.reject(this.#failure);
  }
}

/** One that was never made is fine, also where a file stands in the place of a folder above it. */
async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true }).catch((error: unknown) => {
    if (errorCode(error) !== "ENOTDIR") throw error;
  });
}

/** Beside the prepared files, so that renaming a finished one there is one step. */
function workFolderIn(cacheFolder: string | undefined): string {
  const name = randomBytes(8).toString("hex");
  return cacheFolder === undefined
    ? join(tmpdir(), `ai-block-prepared-${name}`)
    : join(cacheFolder, `${TEMP_PREFIX}${name}`);
}
