/**
 * The canonical encoding of everything that is signed, hashed or sent: msgpack arrays in fixed order, one byte string
 * for one value. docs/encoding.md is the specification.
 *
 *   null | boolean     nil, false, true
 *   number             safe integers in the shortest integer form (int 64 beyond 32 bits), all others as float 64
 *   string, bytes      str (valid UTF-8) and bin, with the shortest length
 *   array              with the shortest length
 *
 * There are no maps, extensions, float 32, NaN, infinities or minus zero. Bytes that do not encode back to themselves
 * are refused.
 */
import { Packr } from "msgpackr";
import { compareBytes, excerpt } from "./bytes.ts";
import { checkCanonical, type DecodeLimits } from "./canonicalCheck.ts";
import { AiBlockError } from "./errors.ts";

export type { DecodeLimits } from "./canonicalCheck.ts";

export type WireValue = null | boolean | number | string | Uint8Array | readonly WireValue[];

/** Arrays inside each other that `encodeCanonical` takes; `decodeCanonical` takes no more either. */
export const MAX_DEPTH = 32;

const packr = new Packr({
  useRecords: false,
  int64AsType: "number",
  copyBuffers: true,
  mapsAsObjects: false,
});

/** The canonical bytes of `value`. Throws `bad_value` for what has none (undefined, NaN, -0, lone surrogates, objects). */
export function encodeCanonical(value: WireValue): Uint8Array {
  // msgpackr answers with a piece of its 8 KiB buffer: copied, so that a small result does not keep it all alive.
  return new Uint8Array(packr.pack(packable(value, 0)));
}

/**
 * The value that `bytes` encode. Byte strings in it are copies. Throws `bad_encoding` when the bytes are not canonical
 * or exceed a limit; nothing is built before the whole input has been checked.
 */
export function decodeCanonical(bytes: Uint8Array, limits: DecodeLimits): WireValue {
  checkCanonical(bytes, limits.maxDepth > MAX_DEPTH ? { ...limits, maxDepth: MAX_DEPTH } : limits);
  // A fresh view: msgpackr hangs a property on its input, and copies taken from a Buffer would be Buffers.
  const value = packr.unpack(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)) as WireValue;
  if (compareBytes(packr.pack(packable(value, 0)), bytes) !== 0) {
    throw new AiBlockError("bad_encoding", "bytes: expected the canonical form, got another form of the same value");
  }
  return value;
}

/** `value`, checked, with integers beyond 32 bits as bigint: msgpackr writes those as int 64, and numbers as floats. */
function packable(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case "number":
      return packableNumber(value);
    case "string":
      if (!value.isWellFormed()) throw badValue("a string without lone surrogates", excerpt(value));
      return value;
    case "boolean":
      return value;
    case "object":
      if (value === null || value instanceof Uint8Array) return value;
      if (Array.isArray(value)) return packableArray(value, depth);
  }
  throw badValue("null, a boolean, a number, a string, bytes or an array", typeof value);
}

function packableNumber(value: number): number | bigint {
  if (!Number.isFinite(value) || Object.is(value, -0)) throw badValue("a finite number, not -0", String(value));
  if ((value | 0) === value || value >>> 0 === value || !Number.isSafeInteger(value)) return value;
  return BigInt(value);
}

function packableArray(values: readonly unknown[], depth: number): unknown[] {
  if (depth >= MAX_DEPTH) throw badValue(`at most ${MAX_DEPTH} arrays inside each other`, "more");
  const out = new Array<unknown>(values.length);
  for (let i = 0; i < values.length; i++) out[i] = packable(values[i], depth + 1);
  return out;
}

function badValue(expected: string, got: string): AiBlockError {
  return new AiBlockError("bad_value", `value: expected ${expected}, got ${got}`);
}
