/**
 * Walks msgpack bytes of unknown origin and refuses everything that is not the canonical form (see codec.ts), before
 * a single value is built. It is iterative, and a declared length is compared with the bytes that are left before it
 * is believed, so memory does not depend on what the bytes claim.
 */
import { isUtf8 } from "node:buffer";
import { AiBlockError } from "./errors.ts";

export interface DecodeLimits {
  /** Longest input in bytes. */
  readonly maxBytes: number;
  /** Most arrays inside each other; a value that is no array has depth 0. */
  readonly maxDepth: number;
  /** Most values in all, arrays counted too. */
  readonly maxItems: number;
}

const MAX_SAFE_HIGH_WORD = 0x1fffff;

/** Throws `bad_encoding` unless `bytes` is exactly one value in canonical form within `limits`. */
export function checkCanonical(bytes: Uint8Array, limits: DecodeLimits): void {
  if (bytes.length > limits.maxBytes) {
    throw refusal(`expected at most ${limits.maxBytes} bytes, got ${bytes.length}`, 0);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  /** Values still to come in each open array, the innermost last. */
  const open: number[] = [];
  let pending = 1;
  let items = 0;
  let offset = 0;
  for (;;) {
    while (pending === 0) {
      const outer = open.pop();
      if (outer === undefined) {
        if (offset !== bytes.length) throw refusal(`expected the end, got ${bytes.length - offset} more bytes`, offset);
        return;
      }
      pending = outer;
    }
    pending--;
    if (++items > limits.maxItems) throw refusal(`expected at most ${limits.maxItems} values`, offset);
    const length = arrayLength(view, offset);
    if (length === undefined) {
      offset = endOfScalar(bytes, view, offset);
      continue;
    }
    offset += arrayHeaderBytes(length);
    // Each element takes at least one byte.
    if (length > bytes.length - offset) {
      throw refusal(`an array declares ${length} elements, and ${bytes.length - offset} bytes are left`, offset);
    }
    if (open.length >= limits.maxDepth) throw refusal(`expected at most ${limits.maxDepth} nested arrays`, offset);
    open.push(pending);
    pending = length;
  }
}

/** The declared length of the array that starts at `offset`, or `undefined` when something else starts there. */
function arrayLength(view: DataView, offset: number): number | undefined {
  const tag = byteAt(view, offset);
  if (tag >= 0x90 && tag <= 0x9f) return tag & 0x0f;
  if (tag === 0xdc) return minimal(uint16At(view, offset + 1), 0x10, offset);
  if (tag === 0xdd) return minimal(uint32At(view, offset + 1), 0x10000, offset);
  return undefined;
}

function arrayHeaderBytes(length: number): number {
  return length < 0x10 ? 1 : length < 0x10000 ? 3 : 5;
}

/** The offset after the value that starts at `offset` and is no array. */
function endOfScalar(bytes: Uint8Array, view: DataView, offset: number): number {
  const tag = byteAt(view, offset);
  if (tag <= 0x7f || tag >= 0xe0) return offset + 1;
  if (tag >= 0xa0 && tag <= 0xbf) return endOfText(bytes, offset + 1, tag & 0x1f);
  switch (tag) {
    case 0xc0: // nil
    case 0xc2: // false
    case 0xc3: // true
      return offset + 1;
    case 0xc4:
      return endOfBytes(bytes, offset + 2, byteAt(view, offset + 1));
    case 0xc5:
      return endOfBytes(bytes, offset + 3, minimal(uint16At(view, offset + 1), 0x100, offset));
    case 0xc6:
      return endOfBytes(bytes, offset + 5, minimal(uint32At(view, offset + 1), 0x10000, offset));
    case 0xd9:
      return endOfText(bytes, offset + 2, minimal(byteAt(view, offset + 1), 0x20, offset));
    case 0xda:
      return endOfText(bytes, offset + 3, minimal(uint16At(view, offset + 1), 0x100, offset));
    case 0xdb:
      return endOfText(bytes, offset + 5, minimal(uint32At(view, offset + 1), 0x10000, offset));
    case 0xcc:
      minimal(byteAt(view, offset + 1), 0x80, offset);
      return offset + 2;
    case 0xcd:
      minimal(uint16At(view, offset + 1), 0x100, offset);
      return offset + 3;
    case 0xce:
      minimal(uint32At(view, offset + 1), 0x10000, offset);
      return offset + 5;
    case 0xd0:
      minimalNegative((byteAt(view, offset + 1) << 24) >> 24, -0x20, offset);
      return offset + 2;
    case 0xd1:
      minimalNegative((uint16At(view, offset + 1) << 16) >> 16, -0x80, offset);
      return offset + 3;
    case 0xd2:
      minimalNegative(uint32At(view, offset + 1) | 0, -0x8000, offset);
      return offset + 5;
    case 0xd3:
      checkInt64(view, offset);
      return offset + 9;
    case 0xcb:
      checkFloat64(view, offset);
      return offset + 9;
    default:
      throw refusal(
        `the tag 0x${tag.toString(16)} (map, extension, float 32, uint 64 or reserved) is not used`,
        offset,
      );
  }
}

/** An int 64 holds only what the shorter forms cannot, and no more than a safe integer. */
function checkInt64(view: DataView, offset: number): void {
  need(view.byteLength, offset, 9);
  const high = view.getInt32(offset + 1);
  const low = view.getUint32(offset + 5);
  const aboveUint32 = high > 0 && high <= MAX_SAFE_HIGH_WORD;
  const belowInt32 =
    high < -1
      ? high > -MAX_SAFE_HIGH_WORD - 1 || (high === -MAX_SAFE_HIGH_WORD - 1 && low > 0)
      : high === -1 && low < 0x80000000;
  if (!aboveUint32 && !belowInt32) {
    throw refusal("an int 64 holds a number with a shorter form, or one beyond 2^53 - 1", offset);
  }
}

/** A float 64 is finite and holds no integer that has an integer form; minus zero has none and is refused as well. */
function checkFloat64(view: DataView, offset: number): void {
  need(view.byteLength, offset, 9);
  const value = view.getFloat64(offset + 1);
  if (!Number.isFinite(value) || Number.isSafeInteger(value)) {
    throw refusal(`a float 64 holds ${Object.is(value, -0) ? "-0" : value}, which has another form or none`, offset);
  }
}

function endOfBytes(bytes: Uint8Array, offset: number, length: number): number {
  need(bytes.length, offset, length);
  return offset + length;
}

function endOfText(bytes: Uint8Array, offset: number, length: number): number {
  need(bytes.length, offset, length);
  const end = offset + length;
  for (let i = offset; i < end; i++) {
    if (bytes[i]! < 0x80) continue;
    // A lone surrogate has no UTF-8 form, so this refuses it too.
    if (!isUtf8(bytes.subarray(i, end))) throw refusal("a text is not valid UTF-8", i);
    break;
  }
  return end;
}

function minimal(value: number, least: number, offset: number): number {
  if (value < least) throw refusal(`${value} is not in its shortest form`, offset);
  return value;
}

function minimalNegative(value: number, bound: number, offset: number): void {
  if (value >= bound) throw refusal(`${value} is not in its shortest form`, offset);
}

function byteAt(view: DataView, offset: number): number {
  need(view.byteLength, offset, 1);
  return view.getUint8(offset);
}

function uint16At(view: DataView, offset: number): number {
  need(view.byteLength, offset, 2);
  return view.getUint16(offset);
}

function uint32At(view: DataView, offset: number): number {
  need(view.byteLength, offset, 4);
  return view.getUint32(offset);
}

function need(available: number, offset: number, count: number): void {
  if (count > available - offset) {
    throw refusal(`expected ${count} more bytes, got ${Math.max(0, available - offset)}`, offset);
  }
}

function refusal(reason: string, offset: number): AiBlockError {
  return new AiBlockError("bad_encoding", `bytes: at offset ${offset}: ${reason}`, { offset });
}
