/**
 * X25519 key agreement (RFC 7748) on `node:crypto`, with raw 32-byte keys.
 * These keys are made on their own, never from an Ed25519 key: one key, one use.
 */
import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject, randomBytes } from "node:crypto";
import { AiBlockError } from "./errors.ts";

export const X25519_KEY_BYTES = 32;

/** Headers of the DER forms in which OpenSSL takes a raw key (RFC 8410). */
const SPKI_HEADER = Buffer.from("302a300506032b656e032100", "hex");
const PKCS8_HEADER = Buffer.from("302e020100300506032b656e04220420", "hex");

export interface X25519KeyPair {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 32 bytes. */
  readonly privateKey: Uint8Array;
}

export function generateX25519KeyPair(): X25519KeyPair {
  const privateKey = new Uint8Array(randomBytes(X25519_KEY_BYTES));
  return { publicKey: x25519PublicKey(privateKey), privateKey };
}

/** The public key (32 bytes) of a 32-byte private key. */
export function x25519PublicKey(privateKey: Uint8Array): Uint8Array {
  const der = createPublicKey(importPrivateKey(privateKey)).export({ format: "der", type: "spki" });
  return new Uint8Array(der.subarray(SPKI_HEADER.length));
}

/**
 * The 32 bytes that both sides compute. Throws `bad_public_key` when they would be all zero: the other side sent a
 * point of small order, and everybody would know the result.
 */
export function x25519(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const key = importPrivateKey(privateKey);
  const peer = importPublicKey(publicKey);
  let shared: Uint8Array;
  try {
    shared = new Uint8Array(diffieHellman({ privateKey: key, publicKey: peer }));
  } catch (error) {
    // OpenSSL refuses an all-zero result by itself.
    throw badPublicKey("a point of small order", error);
  }
  if (shared.every((byte) => byte === 0)) throw badPublicKey("a point of small order");
  return shared;
}

function importPrivateKey(privateKey: Uint8Array): KeyObject {
  if (privateKey.length !== X25519_KEY_BYTES) {
    throw new AiBlockError(
      "bad_private_key",
      `privateKey: expected ${X25519_KEY_BYTES} bytes, got ${privateKey.length} bytes`,
    );
  }
  return createPrivateKey({ key: Buffer.concat([PKCS8_HEADER, privateKey]), format: "der", type: "pkcs8" });
}

function importPublicKey(publicKey: Uint8Array): KeyObject {
  if (publicKey.length !== X25519_KEY_BYTES) throw badPublicKey(`${publicKey.length} bytes`);
  return createPublicKey({ key: Buffer.concat([SPKI_HEADER, publicKey]), format: "der", type: "spki" });
}

function badPublicKey(got: string, cause?: unknown): AiBlockError {
  const message = `publicKey: expected ${X25519_KEY_BYTES} bytes that are not of small order, got ${got}`;
  return new AiBlockError("bad_public_key", message, {}, { cause });
}
