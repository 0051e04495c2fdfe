/**
 * Walks a pickle's bytes opcode by opcode. Lengths are checked against the remaining bytes before anything is taken;
 * the number of opcodes is bounded.
 */
import { formatError } from "../errors.ts";
import { type ArgumentKind, OPCODES } from "./opcodes.ts";

export const MAX_OPCODES = 1_000_000;
const MAX_LINE_BYTES = 1024;
const LINE_FEED = 10;

/** "two_lines" gives the lines joined by a space; bytes are views of the input. */
export type Argument = number | bigint | string | Uint8Array | undefined;

export interface Instruction {
  readonly name: string;
  readonly argument: Argument;
  /** Where the opcode stands. */
  readonly offset: number;
}

export class OpcodeReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #position = 0;
  #count = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bytes consumed so far. */
  get position(): number {
    return this.#position;
  }

  /** The next instruction. Throws `pickle_invalid` at the end of the bytes and for what is no opcode, `pickle_limit`. */
  next(): Instruction {
    const offset = this.#position;
    if (this.#count >= MAX_OPCODES) {
      throw formatError("pickle_limit", `pickle: expected at most ${MAX_OPCODES} opcodes`);
    }
    this.#count += 1;
    const opcode = OPCODES.get(this.#bytes[this.#take(1)]!);
    if (opcode === undefined) throw invalid(`byte at ${offset} is no opcode`);
    return { name: opcode.name, argument: this.#argument(opcode.argument), offset };
  }

  #argument(kind: ArgumentKind): Argument {
    switch (kind) {
      case "none":
        return undefined;
      case "u1":
        return this.#view.getUint8(this.#take(1));
      case "u2":
        return this.#view.getUint16(this.#take(2), true);
      case "i4":
        return this.#view.getInt32(this.#take(4), true);
      case "u4":
        return this.#view.getUint32(this.#take(4), true);
      case "u8":
        return this.#length(8);
      case "f8":
        return this.#view.getFloat64(this.#take(8), false);
      case "line":
        return this.#line();
      case "two_lines":
        return `${this.#line()} ${this.#line()}`;
      case "bytes1":
      case "bytes4":
      case "bytes8":
        return this.#counted(Number(kind.at(-1)));
      case "text1":
      case "text4":
      case "text8":
        return this.#text(Number(kind.at(-1)));
      case "long1":
      case "long4":
        return this.#long(this.#counted(Number(kind.at(-1))));
    }
  }

  /** A length of 1, 4 or 8 bytes. */
  #length(width: number): number {
    const at = this.#take(width);
    if (width === 1) return this.#view.getUint8(at);
    if (width === 4) return this.#view.getUint32(at, true);
    const value = this.#view.getBigUint64(at, true);
    if (value > BigInt(this.#bytes.length)) throw invalid("a length is larger than the pickle");
    return Number(value);
  }

  #counted(width: number): Uint8Array {
    const length = this.#length(width);
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** Python allows half surrogate pairs in its UTF-8; they are replaced, so no such name equals an honest one. */
  #text(width: number): string {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(this.#counted(width));
  }

  /** Two's complement, little-endian. No size or offset needs more than 8 bytes: longer ones stay bytes. */
  #long(bytes: Uint8Array): number | bigint | Uint8Array {
    if (bytes.length > 8) return bytes;
    let value = 0n;
    for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
    const signed = BigInt.asIntN(Math.max(1, bytes.length) * 8, value);
    return signed >= BigInt(Number.MIN_SAFE_INTEGER) && signed <= BigInt(Number.MAX_SAFE_INTEGER)
      ? Number(signed)
      : signed;
  }

  #line(): string {
    const end = this.#bytes.subarray(this.#position, this.#position + MAX_LINE_BYTES).indexOf(LINE_FEED);
    if (end < 0) throw invalid(`no line feed within ${MAX_LINE_BYTES} bytes`);
    const at = this.#take(end + 1);
    return new TextDecoder().decode(this.#bytes.subarray(at, at + end));
  }

  #take(length: number): number {
    const at = this.#position;
    if (length > this.#bytes.length - at) throw invalid(`expected ${length} bytes at ${at}, the pickle ends before`);
    this.#position = at + length;
    return at;
  }
}

function invalid(reason: string): Error {
  return formatError("pickle_invalid", `pickle: ${reason}`);
}
