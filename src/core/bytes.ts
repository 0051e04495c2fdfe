/**
 * Bytes: hexadecimal, comparison, concatenation, big-endian integers.
 *
 * Hashes are `Uint8Array(32)` in memory and 64 lower-case hex digits as text; nothing else is accepted as a hash text,
 * because such texts become file names and keys.
 */
import { AiBlockError } from "./errors.ts";

/** Length of a SHA-256 hash, an Ed25519 public key and an X25519 key, in bytes. */
export const HASH_BYTES = 32;

const HASH_HEX = /^[0-9a-f]{64}$/;
const HASH_CHARS = 2 * HASH_BYTES;
/** By character code; -1 for what is no lower-case hex digit. */
const DIGIT_VALUES = Int8Array.from({ length: 128 }, (_, code) =>
  "0123456789abcdef".indexOf(String.fromCharCode(code)),
);
const ANY_HEX = /^(?:[0-9a-f]{2})*$/;

/** Lower-case hex digits of `bytes`. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

/** Bytes of lower-case hex digits. Throws `bad_hex` for anything else (odd length, upper case, other characters). */
export function fromHex(text: string): Uint8Array {
  if (typeof text !== "string" || !ANY_HEX.test(text)) {
    throw new AiBlockError("bad_hex", `text: expected an even number of lower-case hex digits, got ${excerpt(text)}`);
  }
  return new Uint8Array(Buffer.from(text, "hex"));
}

/** Whether `text` is 64 lower-case hex digits. */
export function isHashHex(text: unknown): text is string {
  return typeof text === "string" && HASH_HEX.test(text);
}

/** Bytes of a hash text (32 bytes). Throws `bad_hash` for anything but 64 lower-case hex digits. */
export function hashFromHex(text: string): Uint8Array {
  if (typeof text !== "string" || text.length !== HASH_CHARS) throw badHash(text);
  // By hand: a regular expression and a call into Node took four times as long, and keys of many rows are hashes.
  const hash = new Uint8Array(HASH_BYTES);
  for (let i = 0; i < HASH_BYTES; i++) {
    const byte = (digitAt(text, 2 * i) << 4) | digitAt(text, 2 * i + 1);
    if (byte < 0) throw badHash(text);
    hash[i] = byte;
  }
  return hash;
}

function digitAt(text: string, at: number): number {
  return DIGIT_VALUES[text.charCodeAt(at)] ?? -1;
}

function badHash(text: unknown): AiBlockError {
  return new AiBlockError("bad_hash", `hash: expected 64 lower-case hex digits, got ${excerpt(text)}`);
}

/** A short, printable excerpt of untrusted text for an error message. */
export function excerpt(value: unknown, maxChars = 48): string {
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > maxChars ? `${text.slice(0, maxChars)}… (${text.length} characters)` : text;
}

export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

/** Lexicographic order: negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b);
}

/** One array with the bytes of all, in order. A list, because a call takes only so many arguments. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

const encoder = new TextEncoder();
const SHORT_TEXT_CHARS = 32;

export function utf8(text: string): Uint8Array {
  return text.length <= SHORT_TEXT_CHARS ? (shortAscii(text) ?? encoder.encode(text)) : encoder.encode(text);
}

/** For names of slots and the like a call into Node takes several times as long. */
function shortAscii(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) return undefined;
    bytes[i] = unit;
  }
  return bytes;
}

/** Big-endian 8 bytes of a non-negative safe integer: sorts as the number does, so it serves as a key. */
export function u64(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new AiBlockError("bad_integer", `value: expected a non-negative safe integer, got ${value}`);
  }
  const out = new Uint8Array(8);
  writeU64(out, value, 0);
  return out;
}

/** Writes the 8 bytes of `u64(value)` at `offset`. `value` must be a non-negative safe integer, and the room be there. */
export function writeU64(bytes: Uint8Array, value: number, offset: number): void {
  // In two halves: a BigInt would take five times as long, and keys are made of these.
  let low = value >>> 0;
  let high = (value - low) / 2 ** 32;
  for (let at = offset + 7; at >= offset + 4; at--) {
    bytes[at] = low;
    low >>>= 8;
    bytes[at - 4] = high;
    high >>>= 8;
  }
}

/** The number in the 8 big-endian bytes at `offset`. Throws `bad_integer` above 2^53 - 1 and when bytes are missing. */
export function readU64(bytes: Uint8Array, offset = 0): number {
  if (offset < 0 || offset + 8 > bytes.length) {
    throw new AiBlockError("bad_integer", `bytes: expected 8 bytes at ${offset}, got ${bytes.length - offset}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, 8);
  const value = view.getUint32(0) * 2 ** 32 + view.getUint32(4);
  if (value > Number.MAX_SAFE_INTEGER) {
    throw new AiBlockError("bad_integer", `value: expected at most 2^53 - 1, got ${view.getBigUint64(0)}`);
  }
  return value;
}
