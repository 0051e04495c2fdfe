/**
 * Small reads at growing positions, served from a window of the file: for formats whose structure is strewn between
 * large data that is stepped over. One window is in memory at a time.
 */
import type { ByteSource } from "./byteSource.ts";

const WINDOW_BYTES = 64 * 1024;

export class WindowedSource {
  readonly name: string;
  readonly byteLength: number;
  readonly #source: ByteSource;
  readonly #signal: AbortSignal | undefined;
  #window = Buffer.alloc(0);
  #start = 0;

  constructor(source: ByteSource, signal?: AbortSignal) {
    this.name = source.name;
    this.byteLength = source.byteLength;
    this.#source = source;
    this.#signal = signal;
  }

  /**
   * Up to `length` bytes at `offset`, fewer only at the end of the file: a view that stays valid. Synchronous when the
   * window holds them, because structures are read byte by byte.
   */
  bytes(offset: number, length: number): Buffer | Promise<Buffer> {
    const wanted = Math.max(0, Math.min(length, this.byteLength - offset));
    const at = offset - this.#start;
    if (at >= 0 && at + wanted <= this.#window.length) return this.#window.subarray(at, at + wanted);
    return this.#load(offset, wanted);
  }

  /** Windows start at multiples of their size, so that structures which refer back and forth find each other in them. */
  async #load(offset: number, wanted: number): Promise<Buffer> {
    const start = offset - (offset % WINDOW_BYTES);
    const length = Math.min(Math.max(WINDOW_BYTES, offset + wanted - start), this.byteLength - start);
    const bytes = await this.#source.read(start, length, this.#signal);
    this.#window = Buffer.from(bytes.buffer);
    this.#start = start;
    return this.#window.subarray(offset - start, offset - start + wanted);
  }
}
