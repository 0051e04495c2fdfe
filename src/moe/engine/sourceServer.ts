/** The caller's side of `remoteSource.ts`: reads weights from slot sources and hands the bytes over. */
import type { SlotSource } from "../slotSource.ts";
import type { FromWorker, SourceDescription, ToWorker } from "./protocol.ts";
import { toWire } from "./wireError.ts";

export class SourceServer {
  readonly #post: (message: ToWorker, transfer: ArrayBuffer[]) => void;
  readonly #sources = new Map<number, { readonly source: SlotSource; readonly released: () => void }>();
  readonly #reads = new Map<number, AbortController>();
  #nextNumber = 1;

  constructor(post: (message: ToWorker, transfer: ArrayBuffer[]) => void) {
    this.#post = post;
  }

  /** @param released called when the worker has no use for the source any more */
  describe(source: SlotSource, released: () => void = () => {}): SourceDescription {
    const number = this.#nextNumber++;
    this.#sources.set(number, { source, released });
    const ranges = source.readRange !== undefined;
    return { number, ranges, id: source.id, config: source.config, spec: source.spec, slots: source.slots };
  }

  released(number: number): void {
    this.#sources.get(number)?.released();
    this.#sources.delete(number);
  }

  async read({ id, source: number, slot, tensor, range }: FromWorker & { type: "read" }): Promise<void> {
    const abort = new AbortController();
    this.#reads.set(id, abort);
    try {
      const source = this.#sources.get(number)?.source;
      const options = { signal: abort.signal };
      const bytes = await (range === undefined
        ? source?.read(slot, tensor, options)
        : source?.readRange?.(slot, tensor, ...range, options));
      // A reader may hand out a part of a larger buffer; then only that part travels.
      const own = bytes !== undefined && bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes?.slice();
      const transfer = own?.buffer instanceof ArrayBuffer ? [own.buffer] : [];
      this.#post({ type: "bytes", id, bytes: own, error: undefined }, transfer);
    } catch (error) {
      this.#post({ type: "bytes", id, bytes: undefined, error: toWire(error) }, []);
    } finally {
      this.#reads.delete(id);
    }
  }

  cancel(id: number): void {
    this.#reads.get(id)?.abort();
  }

  close(): void {
    for (const abort of this.#reads.values()) abort.abort();
    this.#sources.clear();
  }
}
