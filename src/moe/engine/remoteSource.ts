/** The worker's view of a slot source: descriptions are here, bytes come from the caller's thread. */
import type { MessagePort } from "node:worker_threads";
import { AiBlockError } from "../../core/errors.ts";
import type { SlotSource } from "../slotSource.ts";
import type { FromWorker, SourceDescription, ToWorker } from "./protocol.ts";
import { fromWire } from "./wireError.ts";

interface Waiting {
  resolve(bytes: Uint8Array): void;
  reject(error: unknown): void;
}

export class RemoteReads {
  readonly #port: MessagePort;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;

  constructor(port: MessagePort) {
    this.#port = port;
  }

  source({ number, ranges, id, config, spec, slots }: SourceDescription): SlotSource {
    const source: SlotSource = {
      id,
      config,
      spec,
      slots,
      read: (slot, tensor, options) => this.#read({ source: number, slot, tensor, range: undefined }, options?.signal),
      close: async () => {},
    };
    if (!ranges) return source;
    return {
      ...source,
      readRange: (slot, tensor, byteOffset, byteLength, options) =>
        this.#read({ source: number, slot, tensor, range: [byteOffset, byteLength] }, options?.signal),
    };
  }

  /** Takes the answer to a read. */
  answer({ id, bytes, error }: ToWorker & { type: "bytes" }): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (bytes !== undefined) waiting?.resolve(bytes);
    else
      waiting?.reject(
        error === undefined ? new AiBlockError("internal_error", "a read gave nothing") : fromWire(error),
      );
  }

  #read(
    what: Omit<FromWorker & { type: "read" }, "type" | "id">,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array> {
    signal?.throwIfAborted();
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const cancel = (): void => {
        this.#waiting.delete(id);
        this.#port.postMessage({ type: "cancelRead", id } satisfies FromWorker);
        reject(signal?.reason);
      };
      const settle = (): void => signal?.removeEventListener("abort", cancel);
      this.#waiting.set(id, {
        resolve: (bytes) => {
          settle();
          resolve(bytes);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      });
      signal?.addEventListener("abort", cancel, { once: true });
      this.#port.postMessage({ type: "read", id, ...what } satisfies FromWorker);
    });
  }
}
