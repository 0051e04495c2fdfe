/**
 * Walks protobuf messages in a file field by field, stepping over what is not wanted: a model's weights are never read.
 *
 * The reader names the messages it knows and asks for their fields; nothing recurses by itself, so depth is bounded by
 * the reader's own code. Groups (wire types 3 and 4) and lengths that leave the message are refused.
 * https://protobuf.dev/programming-guides/encoding/
 */
import type { ByteSource } from "../byteSource.ts";
import { formatError } from "../errors.ts";
import { WindowedSource } from "../windowedSource.ts";

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;
/** An ONNX file of a large model has a few hundred thousand; each field costs microseconds. */
const MAX_FIELDS = 5_000_000;

/** A range of the file that holds one message. */
export interface MessageRange {
  readonly start: number;
  readonly end: number;
}

export interface ProtobufField {
  readonly number: number;
  /** The value of a varint or a fixed field; `undefined` for a length-delimited one. */
  readonly value: bigint | undefined;
  /** The bytes of a length-delimited field; empty for others. */
  readonly range: MessageRange;
}

export class ProtobufWalker {
  readonly #source: WindowedSource;
  #fields = 0;

  constructor(source: ByteSource, signal?: AbortSignal) {
    this.#source = new WindowedSource(source, signal);
  }

  get name(): string {
    return this.#source.name;
  }

  /** The whole file as one message. */
  get whole(): MessageRange {
    return { start: 0, end: this.#source.byteLength };
  }

  /** The fields of a message in order. Throws `protobuf_invalid`, `too_many_entries`. */
  async *fields(message: MessageRange): AsyncGenerator<ProtobufField> {
    let position = message.start;
    while (position < message.end) {
      this.#fields += 1;
      if (this.#fields > MAX_FIELDS) {
        throw formatError("too_many_entries", `${this.name}: expected at most ${MAX_FIELDS} protobuf fields`);
      }
      const tag = await this.#varint(position, message.end);
      position = tag.next;
      const number = Number(tag.value >> 3n);
      const wireType = Number(tag.value & 7n);
      if (number < 1 || number > 2 ** 29 - 1) throw this.#invalid(position, "a field number is out of range");
      if (wireType === LENGTH) {
        const length = await this.#varint(position, message.end);
        if (length.value > BigInt(message.end - length.next))
          throw this.#invalid(position, "a field leaves its message");
        const end = length.next + Number(length.value);
        yield { number, value: undefined, range: { start: length.next, end } };
        position = end;
        continue;
      }
      const scalar = await this.#scalar(wireType, position, message.end);
      yield { number, value: scalar.value, range: { start: scalar.next, end: scalar.next } };
      position = scalar.next;
    }
  }

  /** The text of a field, at most `maxBytes` of it. Throws `protobuf_invalid` for longer ones and for invalid UTF-8. */
  async text(range: MessageRange, maxBytes = 4096): Promise<string> {
    const bytes = await this.bytes(range, maxBytes);
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch {
      throw this.#invalid(range.start, "text is not UTF-8");
    }
  }

  /** The bytes of a field of at most `maxBytes`. */
  async bytes({ start, end }: MessageRange, maxBytes: number): Promise<Uint8Array> {
    if (end - start > maxBytes) throw this.#invalid(start, `a field is longer than ${maxBytes} bytes`);
    return this.#source.bytes(start, end - start);
  }

  /** The varints of a packed field. */
  async packed({ start, end }: MessageRange, maxCount: number): Promise<bigint[]> {
    const values: bigint[] = [];
    for (let position = start; position < end; ) {
      if (values.length >= maxCount) throw this.#invalid(start, `a list has more than ${maxCount} numbers`);
      const { value, next } = await this.#varint(position, end);
      values.push(value);
      position = next;
    }
    return values;
  }

  async #scalar(wireType: number, position: number, end: number): Promise<{ value: bigint; next: number }> {
    if (wireType === VARINT) return this.#varint(position, end);
    const length = wireType === FIXED64 ? 8 : wireType === FIXED32 ? 4 : 0;
    if (length === 0) throw this.#invalid(position, `wire type ${wireType} is not used`);
    if (position + length > end) throw this.#invalid(position, "a field leaves its message");
    const bytes = await this.#source.bytes(position, length);
    const value = length === 8 ? bytes.readBigUInt64LE(0) : BigInt(bytes.readUInt32LE(0));
    return { value, next: position + length };
  }

  async #varint(position: number, end: number): Promise<{ value: bigint; next: number }> {
    const found = this.#source.bytes(position, Math.min(10, end - position));
    const bytes = found instanceof Promise ? await found : found;
    let value = 0n;
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i]!;
      value |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) {
        if (value >= 2n ** 64n) break;
        return { value, next: position + i + 1 };
      }
    }
    throw this.#invalid(position, "a number is cut off or longer than 64 bits");
  }

  #invalid(position: number, reason: string): Error {
    return formatError("protobuf_invalid", `${this.name}: ${reason} at ${position}`, { at: position });
  }
}
