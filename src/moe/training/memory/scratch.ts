/**
 * Memory for the values of one pass, taken piece by piece and given back all at once. Fresh arrays would cost more than
 * the additions that fill them: the kernel hands out every page of a new array for the first time.
 */
const CHUNK_ELEMENTS = 4 * 1024 * 1024;
const ALIGNMENT = 16;

export class Scratch {
  readonly #chunks: Float32Array<ArrayBuffer>[] = [];
  #chunk = 0;
  #used = 0;

  /** An array of zeros. */
  zeros(length: number): Float32Array<ArrayBuffer> {
    return this.take(length).fill(0);
  }

  /** An array with whatever was in it. */
  take(length: number): Float32Array<ArrayBuffer> {
    for (; this.#chunk < this.#chunks.length; this.#chunk++, this.#used = 0) {
      const chunk = this.#chunks[this.#chunk] as Float32Array<ArrayBuffer>;
      if (chunk.length - this.#used >= length) return this.#cut(chunk, length);
    }
    const chunk = new Float32Array(Math.max(length, CHUNK_ELEMENTS));
    this.#chunks.push(chunk);
    this.#used = 0;
    return this.#cut(chunk, length);
  }

  /** All arrays taken so far may be overwritten from now on. */
  reset(): void {
    this.#chunk = 0;
    this.#used = 0;
  }

  #cut(chunk: Float32Array<ArrayBuffer>, length: number): Float32Array<ArrayBuffer> {
    const start = this.#used;
    this.#used += Math.ceil(length / ALIGNMENT) * ALIGNMENT;
    return chunk.subarray(start, start + length);
  }
}
