/**
 * A secret under a passphrase: scrypt (RFC 7914) makes the key, AES-256-GCM seals.
 *
 * The costs are fixed: N = 2^17, r = 8, p = 1, which takes 128 MiB and about a third of a second. They stand in the
 * sealed form for other programs; other values are refused, so a file cannot ask for terabytes.
 */
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from "node:crypto";
import * as z from "zod";
import { concatBytes, fromHex, toHex } from "./bytes.ts";
import { AiBlockError } from "./errors.ts";

const SCRYPT = { n: 131_072, r: 8, p: 1 } as const;
/** scrypt needs 128 * N * r bytes and a little more. */
const SCRYPT_MAX_MEMORY_BYTES = 160 * 1024 * 1024;

const KEY_BYTES = 32;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const hex = (bytes: number): z.ZodString => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));

/** The sealed form of a 32-byte secret. Bytes as lower-case hex. */
export const sealedKeySchema = z.strictObject({
  kdf: z.literal("scrypt"),
  n: z.literal(SCRYPT.n),
  r: z.literal(SCRYPT.r),
  p: z.literal(SCRYPT.p),
  salt: hex(SALT_BYTES),
  cipher: z.literal("aes-256-gcm"),
  nonce: hex(NONCE_BYTES),
  /** Ciphertext, then the tag. */
  box: hex(KEY_BYTES + TAG_BYTES),
});
export type SealedKey = z.infer<typeof sealedKeySchema>;

/** Seals the 32 bytes of `secret`; `context` must be the same when it is opened. Throws `bad_argument` for no passphrase. */
export async function sealWithPassphrase(
  secret: Uint8Array,
  passphrase: string,
  context: Uint8Array,
): Promise<SealedKey> {
  if (passphrase === "") {
    throw new AiBlockError("bad_argument", "passphrase: expected at least one character, got an empty text");
  }
  const salt = randomBytes(SALT_BYTES);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", await deriveKey(passphrase, salt), nonce);
  cipher.setAAD(context);
  const box = concatBytes([cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
  return { kdf: "scrypt", ...SCRYPT, salt: toHex(salt), cipher: "aes-256-gcm", nonce: toHex(nonce), box: toHex(box) };
}

/** The secret, or `undefined` when passphrase or context is another one or the box was changed. */
export async function openWithPassphrase(
  sealed: SealedKey,
  passphrase: string,
  context: Uint8Array,
): Promise<Uint8Array | undefined> {
  const box = fromHex(sealed.box);
  const key = await deriveKey(passphrase, fromHex(sealed.salt));
  const decipher = createDecipheriv("aes-256-gcm", key, fromHex(sealed.nonce), { authTagLength: TAG_BYTES });
  decipher.setAAD(context);
  decipher.setAuthTag(box.subarray(-TAG_BYTES));
  try {
    return concatBytes([decipher.update(box.subarray(0, -TAG_BYTES)), decipher.final()]);
  } catch {
    return undefined;
  }
}

function deriveKey(passphrase: string, salt: Uint8Array): Promise<Buffer> {
  const { n, r, p } = SCRYPT;
  const options = { N: n, r, p, maxmem: SCRYPT_MAX_MEMORY_BYTES };
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize("NFKC"), salt, KEY_BYTES, options, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
