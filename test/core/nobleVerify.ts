/**
 * A second opinion on Ed25519 signatures: the rule of src/core/ed25519.ts written with the points of @noble/curves.
 * Noble's own `verify` uses the cofactor, so the equation is spelled out here without it.
 */
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";

const { Point } = ed25519;
const L = Point.Fn.ORDER;

/** Whether encode(S*B - h*A) = R, for canonical A and R that are not of small order, and S below L. */
export function nobleVerify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== 64 || publicKey.length !== 32) return false;
  const encodedR = signature.subarray(0, 32);
  const s = littleEndian(signature.subarray(32));
  const key = decode(publicKey);
  const r = decode(encodedR);
  if (key === undefined || r === undefined || s >= L) return false;
  const h = littleEndian(sha512.create().update(encodedR).update(publicKey).update(message).digest()) % L;
  return Point.BASE.multiplyUnsafe(s).subtract(key.multiplyUnsafe(h)).equals(r);
}

/** The point, or `undefined` unless it is on the curve, canonically encoded and not of small order. */
function decode(bytes: Uint8Array): InstanceType<typeof Point> | undefined {
  try {
    const point = Point.fromBytes(bytes, false);
    return point.isSmallOrder() ? undefined : point;
  } catch {
    return undefined;
  }
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString("hex") || "0"}`);
}
