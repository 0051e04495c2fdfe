/**
 * Memory for the values of one pass, taken piece by piece and given back all at once. Fresh arrays would cost more than
 * the additions that fill them: the kernel hands out every page of a new array for the first time.
 */
import type { FloatMemory, SharedFloats } from "../kernels/floatMemory.ts";

const CHUNK_ELEMENTS = 4 * 1024 * 1024;
/** 64 bytes. */
const ALIGNMENT = 16;

export class Scratch {
  readonly #memory: FloatMemory;
  readonly #chunks: SharedFloats[] = [];
  #chunk = 0;
  #used = 0;

  constructor(memory: FloatMemory) {
    this.#memory = memory;
  }

  /** An array of zeros. */
  zeros(length: number): SharedFloats {
    return this.take(length).fill(0);
  }

  /** An array with whatever was in it. */
  take(length: number): SharedFloats {
    const size = Math.ceil(length / ALIGNMENT) * ALIGNMENT;
    for (; this.#chunk < this.#chunks.length; this.#chunk++, this.#used = 0) {
      const chunk = this.#chunks[this.#chunk] as SharedFloats;
      if (chunk.length - this.#used >= size) return this.#cut(chunk, length, size);
    }
    const chunk = this.#memory.allocate(Math.max(size, CHUNK_ELEMENTS));
    this.#chunks.push(chunk);
    this.#used = 0;
    return this.#cut(chunk, length, size);
  }

  /** All arrays taken so far may be overwritten from now on. */
  reset(): void {
    this.#chunk = 0;
    this.#used = 0;
  }

  #cut(chunk: SharedFloats, length: number, size: number): SharedFloats {
    const start = this.#used;
    this.#used += size;
    return chunk.subarray(start, start + length);
  }
}
