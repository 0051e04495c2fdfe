/**
 * Writing protobuf messages: the few wire types that ONNX files need.
 * https://protobuf.dev/programming-guides/encoding/ : a field is a varint key (number << 3 | wire type) and its value.
 *
 * A message is kept as a list of chunks and laid out once at the end, so large raw tensors are copied exactly once.
 */
import { utf8 } from "../../core/bytes.ts";

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

export class ProtobufWriter {
  readonly #chunks: Uint8Array[] = [];
  #byteLength = 0;

  get byteLength(): number {
    return this.#byteLength;
  }

  /** A non-negative or negative safe integer; negative ones take the ten bytes of their 64-bit two's complement. */
  integer(field: number, value: number): this {
    this.#key(field, VARINT);
    return this.#push(varint(BigInt.asUintN(64, BigInt(value))));
  }

  float(field: number, value: number): this {
    this.#key(field, FIXED32);
    return this.#push(new Uint8Array(new Float32Array([value]).buffer));
  }

  text(field: number, value: string): this {
    return this.bytes(field, utf8(value));
  }

  /** `value` is not copied until `finish`: the caller leaves it alone until then. */
  bytes(field: number, value: Uint8Array): this {
    this.#key(field, LENGTH_DELIMITED);
    this.#push(varint(BigInt(value.length)));
    return this.#push(value);
  }

  message(field: number, value: ProtobufWriter): this {
    this.#key(field, LENGTH_DELIMITED);
    this.#push(varint(BigInt(value.#byteLength)));
    for (const chunk of value.#chunks) this.#push(chunk);
    return this;
  }

  /** All bytes written so far, in one new buffer. */
  finish(): Uint8Array {
    const out = new Uint8Array(this.#byteLength);
    let offset = 0;
    for (const chunk of this.#chunks) {
      out.set(chunk, offset);
      offset += chunk.length;
    }
    return out;
  }

  #key(field: number, wireType: number): void {
    this.#push(varint(BigInt(field * 8 + wireType)));
  }

  #push(chunk: Uint8Array): this {
    this.#chunks.push(chunk);
    this.#byteLength += chunk.length;
    return this;
  }
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
