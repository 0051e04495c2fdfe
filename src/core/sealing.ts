/**
 * Sealing: bytes that only the holder of an X25519 key can open. Who sealed them stays unknown.
 *
 * Sealed form: ephemeral public key (32 bytes), ciphertext (as long as the plaintext), tag (16 bytes).
 * Key and nonce for AES-256-GCM: HKDF-SHA256 over the shared secret, salt = ephemeral key then recipient's key,
 * info = "ai-block/seal/1", 44 bytes (key 32, nonce 12). The ephemeral key is used once, so the nonce is too.
 * AES-GCM and HKDF are also in every browser's WebCrypto.
 */
import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import { concatBytes } from "./bytes.ts";
import { AiBlockError } from "./errors.ts";
import { generateX25519KeyPair, X25519_KEY_BYTES, type X25519KeyPair, x25519 } from "./x25519.ts";

const INFO = Buffer.from("ai-block/seal/1", "latin1");
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** How many bytes longer than the plaintext a sealed form is. */
export const SEAL_OVERHEAD_BYTES = X25519_KEY_BYTES + TAG_BYTES;

const NO_CONTEXT = new Uint8Array();

/**
 * Seals `plaintext` for the holder of `recipient` (32 bytes). `context` is not sent, but opening needs the same one:
 * it ties the sealed form to its place. Throws `bad_public_key` for a key of small order.
 */
export function seal(plaintext: Uint8Array, recipient: Uint8Array, context: Uint8Array = NO_CONTEXT): Uint8Array {
  const ephemeral = generateX25519KeyPair();
  const shared = x25519(ephemeral.privateKey, recipient);
  const { key, nonce } = deriveKeys(shared, ephemeral.publicKey, recipient);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(context);
  return concatBytes([ephemeral.publicKey, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** The plaintext. Throws `cannot_unseal` when the bytes were changed, or are for another key or context. */
export function unseal(sealed: Uint8Array, keyPair: X25519KeyPair, context: Uint8Array = NO_CONTEXT): Uint8Array {
  if (sealed.length < SEAL_OVERHEAD_BYTES) {
    throw new AiBlockError(
      "cannot_unseal",
      `sealed: expected at least ${SEAL_OVERHEAD_BYTES} bytes, got ${sealed.length}`,
    );
  }
  const ephemeral = sealed.subarray(0, X25519_KEY_BYTES);
  const tagOffset = sealed.length - TAG_BYTES;
  try {
    const { key, nonce } = deriveKeys(x25519(keyPair.privateKey, ephemeral), ephemeral, keyPair.publicKey);
    const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(context);
    decipher.setAuthTag(sealed.subarray(tagOffset));
    return concatBytes([decipher.update(sealed.subarray(X25519_KEY_BYTES, tagOffset)), decipher.final()]);
  } catch (error) {
    const message = "sealed: expected bytes sealed for this key and context, got others";
    throw new AiBlockError("cannot_unseal", message, {}, { cause: error });
  }
}

function deriveKeys(
  shared: Uint8Array,
  ephemeral: Uint8Array,
  recipient: Uint8Array,
): { key: Uint8Array; nonce: Uint8Array } {
  const salt = concatBytes([ephemeral, recipient]);
  const bytes = new Uint8Array(hkdfSync("sha256", shared, salt, INFO, KEY_BYTES + NONCE_BYTES));
  return { key: bytes.subarray(0, KEY_BYTES), nonce: bytes.subarray(KEY_BYTES) };
}
