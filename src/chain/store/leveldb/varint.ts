/** Reads numbers and byte strings as LevelDB writes them: base-128 integers, low bits first; strings behind their length. */
export class VarintReader {
  at: number;
  readonly #bytes: Uint8Array;
  readonly #end: number;

  /** Reads `bytes` [at, end). Every method throws a `RangeError` at the end. */
  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.at = at;
    this.#end = end;
  }

  get isAtEnd(): boolean {
    return this.at >= this.#end;
  }

  byte(): number {
    if (this.at >= this.#end) throw new RangeError(`expected a byte at ${this.at}, got the end`);
    return this.#bytes[this.at++] as number;
  }

  /** Up to 2^53 - 1. */
  integer(): number {
    let value = 0;
    for (let factor = 1; factor <= 2 ** 49; factor *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    throw new RangeError(`expected an integer of at most 8 bytes before ${this.at}`);
  }

  /** A view of the next `length` bytes. */
  take(length: number): Uint8Array {
    if (length > this.#end - this.at) throw new RangeError(`expected ${length} bytes at ${this.at}, got the end`);
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }

  /** A length, then so many bytes. */
  text(): Uint8Array {
    return this.take(this.integer());
  }
}
