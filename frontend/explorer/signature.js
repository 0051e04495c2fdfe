// Ed25519 as the chain rules it (src/core/ed25519.ts): key and R canonical and not of small order, S below L, and
// encode(S·B − h·A) = R without the cofactor. The points are noble's; its own `verify` follows another rule.
// @ts-check
import { Point } from "/vendor/noble-ed25519.js";
import { sha512 } from "/vendor/noble-hashes/sha2.js";

const SIGNATURE_BYTES = 64;
const KEY_BYTES = 32;

/** Order of the base point (RFC 8032, section 5.1). */
const L = 2n ** 252n + 27742317777372353535851937790883648493n;

/** What is signed: one byte with the domain's length, the domain, the id. @param {string} domain @param {Uint8Array} id */
export function signedBytes(domain, id) {
  const name = new TextEncoder().encode(domain);
  return concat(Uint8Array.of(name.length), name, id);
}

/** @param {Uint8Array} signature @param {Uint8Array} message @param {Uint8Array} publicKey */
export function verifySignature(signature, message, publicKey) {
  if (signature.length !== SIGNATURE_BYTES || publicKey.length !== KEY_BYTES) return false;
  const r = signature.subarray(0, KEY_BYTES);
  const s = littleEndian(signature.subarray(KEY_BYTES));
  if (s >= L) return false;
  const key = decodePoint(publicKey);
  if (key === null || decodePoint(r) === null) return false;
  const h = littleEndian(sha512(concat(r, publicKey, message))) % L;
  const expected = Point.BASE.multiply(s, false).subtract(key.multiply(h, false)).toBytes();
  return expected.every((/** @type {number} */ byte, /** @type {number} */ i) => byte === r[i]);
}

/** `null` for what is no canonical encoding of a point, or one of small order. @param {Uint8Array} bytes */
function decodePoint(bytes) {
  try {
    const point = Point.fromBytes(bytes, false);
    return point.isSmallOrder() ? null : point;
  } catch {
    return null;
  }
}

/** @param {Uint8Array} bytes */
function littleEndian(bytes) {
  return bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
}

/** @param {...Uint8Array} parts */
function concat(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
