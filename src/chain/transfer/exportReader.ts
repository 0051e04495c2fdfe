/** Exact reads from a stream, with the SHA-256 of everything read so far. */
import { concatBytes } from "../../core/bytes.ts";
import { AiBlockError } from "../../core/errors.ts";
import { createSha256, type Hasher } from "../../core/hash.ts";

export class ExportReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #hasher: Hasher | undefined = createSha256();
  #rest: Uint8Array = new Uint8Array(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Exactly `length` bytes (small: they are gathered in memory). Throws `bad_export` at the end of the file. */
  async read(length: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for await (const piece of this.pieces(length)) parts.push(piece.slice());
    return parts.length === 1 ? (parts[0] as Uint8Array) : concatBytes(parts);
  }

  /** Exactly `length` bytes in pieces as they come; a piece is valid until the next one. */
  async *pieces(length: number): AsyncGenerator<Uint8Array> {
    let left = length;
    while (left > 0) {
      if (this.#rest.length === 0) await this.#fill();
      const piece = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(piece.length);
      left -= piece.length;
      this.#hasher?.update(piece);
      yield piece;
    }
  }

  /** SHA-256 of all bytes read so far; may be asked for once. Reading may go on, unhashed. */
  digest(): Uint8Array {
    const hash = (this.#hasher as Hasher).digest();
    this.#hasher = undefined;
    return hash;
  }

  /** Whether nothing follows. */
  async isAtEnd(): Promise<boolean> {
    return this.#rest.length === 0 && !(await this.#fillIfMore());
  }

  async #fill(): Promise<void> {
    if (await this.#fillIfMore()) return;
    throw new AiBlockError("bad_export", "file: expected more frames, got the end of the file");
  }

  async #fillIfMore(): Promise<boolean> {
    const { value, done } = await this.#source.next();
    if (done === true) return false;
    this.#rest = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return true;
  }
}
