/**
 * A block: a header, and its author's signature.
 *
 * Id = SHA-256 of the header bytes. The signature is Ed25519 over the id under the domain "ai-block/block/1" and is no
 * part of the id: two signatures of one author on one header are the same block.
 * Sealed form (files, store, network): signature (64 bytes) followed by the header bytes.
 */
import { concatBytes, toHex } from "../../core/bytes.ts";
import { domainSeparated, SIGNATURE_BYTES, type Signer, verify } from "../../core/ed25519.ts";
import { AiBlockError } from "../../core/errors.ts";
import { sha256 } from "../../core/hash.ts";
import { MAX_HEADER_BYTES } from "../limits.ts";
import { decodeHeader, encodeHeader, type Header } from "./header.ts";

/** Stands before the id in what is signed; see `domainSeparated`. */
export const SIGNATURE_DOMAIN = "ai-block/block/1";

export const MAX_SEALED_BYTES = SIGNATURE_BYTES + MAX_HEADER_BYTES;

export interface Block {
  /** 32 bytes. */
  readonly id: Uint8Array;
  /** 64 lower-case hex digits. */
  readonly idHex: string;
  readonly header: Header;
  readonly headerBytes: Uint8Array;
  /** 64 bytes, not yet verified. */
  readonly signature: Uint8Array;
}

/** Signs `header` (its `author` is set from the signer). */
export function signBlock(header: Omit<Header, "author">, signer: Signer): Block {
  const full: Header = { ...header, author: signer.publicKey };
  const headerBytes = encodeHeader(full);
  const id = sha256(headerBytes);
  return { id, idHex: toHex(id), header: full, headerBytes, signature: signer.sign(signedBytes(id)) };
}

/** What the author of block `id` signs. */
export function signedBytes(id: Uint8Array): Uint8Array {
  return domainSeparated(SIGNATURE_DOMAIN, id);
}

export function hasValidSignature(block: Block): boolean {
  return verify(block.signature, signedBytes(block.id), block.header.author);
}

export function sealBlock(block: Block): Uint8Array {
  return concatBytes([block.signature, block.headerBytes]);
}

/**
 * Opens the sealed form; the signature is not verified. The result owns its bytes (nothing of a larger network buffer
 * is kept alive). Throws `header_too_large` or `bad_encoding`.
 */
export function openBlock(sealed: Uint8Array): Block {
  if (sealed.length > MAX_SEALED_BYTES) {
    throw new AiBlockError(
      "header_too_large",
      `sealed: expected at most ${MAX_SEALED_BYTES} bytes, got ${sealed.length}`,
    );
  }
  if (sealed.length <= SIGNATURE_BYTES) {
    throw new AiBlockError("bad_encoding", `sealed: expected more than ${SIGNATURE_BYTES} bytes, got ${sealed.length}`);
  }
  // Not `slice`, which gives a view of the same memory when it is a Buffer.
  const own = new Uint8Array(sealed);
  const headerBytes = own.subarray(SIGNATURE_BYTES);
  const id = sha256(headerBytes);
  return {
    id,
    idHex: toHex(id),
    header: decodeHeader(headerBytes),
    headerBytes,
    signature: own.subarray(0, SIGNATURE_BYTES),
  };
}
