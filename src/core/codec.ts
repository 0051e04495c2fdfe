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
import { Unpackr } from "msgpackr";
import { bytesEqual } from "./bytes.ts";
import { checkCanonical, type DecodeLimits } from "./canonicalCheck.ts";
import { MAX_DEPTH, writeCanonical } from "./canonicalWrite.ts";
import { AiBlockError } from "./errors.ts";

export type { DecodeLimits } from "./canonicalCheck.ts";
export { MAX_DEPTH } from "./canonicalWrite.ts";

export type WireValue = null | boolean | number | string | Uint8Array | readonly WireValue[];

const unpackr = new Unpackr({ useRecords: false, int64AsType: "number", copyBuffers: true, mapsAsObjects: false });

/** The canonical bytes of `value`. Throws `bad_value` for what has none (undefined, NaN, -0, lone surrogates, objects). */
export function encodeCanonical(value: WireValue): Uint8Array {
  return new Uint8Array(writeCanonical(value));
}

/**
 * The value that `bytes` encode. Byte strings in it are copies. Throws `bad_encoding` when the bytes are not canonical
 * or exceed a limit (`maxDepth` is at most `MAX_DEPTH`); nothing is built before the whole input has been checked.
 */
export function decodeCanonical(bytes: Uint8Array, limits: DecodeLimits): WireValue {
  checkCanonical(bytes, limits.maxDepth > MAX_DEPTH ? { ...limits, maxDepth: MAX_DEPTH } : limits);
  // A fresh view: msgpackr hangs a property on its input, and copies taken from a Buffer would be Buffers.
  const value = unpackr.unpack(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)) as WireValue;
  if (!bytesEqual(writeCanonical(value), bytes)) {
    throw new AiBlockError("bad_encoding", "bytes: expected the canonical form, got another form of the same value");
  }
  return value;
}
