/**
 * Which 32-byte encodings of Ed25519 points may appear as a public key or as the R of a signature.
 *
 * Encoding (RFC 8032, section 5.1.2): y as 255 little-endian bits, then one bit for the sign of x.
 * Refused are non-canonical encodings (y >= p) and the eight points of small order, which exist in 14 encodings
 * together with their non-canonical forms: a key of small order accepts signatures that nobody made.
 * Whether a point lies on the curve is left to OpenSSL.
 */

/** Length of an encoded point in bytes. */
export const POINT_BYTES = 32;

/** p = 2^255 - 19 as 32 little-endian bytes. */
const PRIME = Uint8Array.from({ length: POINT_BYTES }, (_, i) => (i === 0 ? 0xed : i === 31 ? 0x7f : 0xff));

/**
 * The y of the points of order 1, 2, 4 and 8. Both signs of x are refused, so the sign bit is left out.
 * The y of order 8 solve d*y^4 + 2*y^2 - 1 = 0 (mod p); a test derives all of them again.
 */
const SMALL_ORDER_Y = [
  "0100000000000000000000000000000000000000000000000000000000000000", // order 1: y = 1
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // order 2: y = -1
  "0000000000000000000000000000000000000000000000000000000000000000", // order 4: y = 0
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", // order 8
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", // order 8
].map((hex) => Buffer.from(hex, "hex"));

/**
 * Whether the 32 bytes of `bytes` at `offset` are a canonical encoding of a point that is not of small order.
 * False also when fewer than 32 bytes are there. Says nothing about lying on the curve.
 */
export function isAdmissiblePoint(bytes: Uint8Array, offset = 0): boolean {
  if (offset < 0 || offset + POINT_BYTES > bytes.length) return false;
  return isBelowPrime(bytes, offset) && !SMALL_ORDER_Y.some((y) => sameY(bytes, offset, y));
}

function isBelowPrime(bytes: Uint8Array, offset: number): boolean {
  for (let i = POINT_BYTES - 1; i >= 0; i--) {
    const byte = yByte(bytes, offset, i);
    if (byte !== PRIME[i]) return byte < PRIME[i]!;
  }
  return false;
}

function sameY(bytes: Uint8Array, offset: number, y: Uint8Array): boolean {
  for (let i = 0; i < POINT_BYTES; i++) {
    if (yByte(bytes, offset, i) !== y[i]) return false;
  }
  return true;
}

/** Byte `i` of y: the last one without the sign bit. */
function yByte(bytes: Uint8Array, offset: number, i: number): number {
  const byte = bytes[offset + i]!;
  return i === POINT_BYTES - 1 ? byte & 0x7f : byte;
}
