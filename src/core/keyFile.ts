/**
 * Key files: one Ed25519 private key each, readable by its owner only.
 *
 * JSON, version 1: { version, purpose, publicKey, privateKey } in plain, or with a passphrase { version, purpose,
 * publicKey, sealed: { kdf, n, r, p, salt, cipher, nonce, box } }. Bytes are lower-case hex; `box` is the 32-byte seed
 * under AES-256-GCM with its 16-byte tag, the key is scrypt of the passphrase (NFKC, UTF-8) and the salt.
 * A file is created once and never overwritten; one that others may read is refused.
 */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import * as z from "zod";
import { bytesEqual, excerpt, fromHex, toHex, utf8 } from "./bytes.ts";
import { createFileDurably } from "./durableFile.ts";
import { type KeyPair, publicKeyOf } from "./ed25519.ts";
import { AiBlockError, errorCode } from "./errors.ts";
import { makeFolder } from "./makeFolder.ts";
import { openWithPassphrase, sealedKeySchema, sealWithPassphrase } from "./passphrase.ts";

export const KEY_FILE_VERSION = 1;
const MAX_KEY_FILE_BYTES = 4096;

/** What a key is for. Each has a file of its own, and a key of one purpose is refused for another. */
export const KEY_PURPOSES = ["author", "peer", "ledger"] as const;
export type KeyPurpose = (typeof KEY_PURPOSES)[number];

const hex32 = z.string().regex(/^[0-9a-f]{64}$/, "expected 64 lower-case hex digits");
const head = { version: z.literal(KEY_FILE_VERSION), purpose: z.enum(KEY_PURPOSES), publicKey: hex32 };
const keyFileSchema = z.union([
  z.strictObject({ ...head, privateKey: hex32 }),
  z.strictObject({ ...head, sealed: sealedKeySchema }),
]);
type KeyFile = z.infer<typeof keyFileSchema>;

/**
 * Writes the key to a new file at `path` with mode 0600, and the folders above it with 0700 where they are missing.
 * Throws `file_exists` when there is one.
 */
export async function createKeyFile(
  path: string,
  purpose: KeyPurpose,
  keyPair: KeyPair,
  passphrase?: string,
): Promise<void> {
  const common = { version: KEY_FILE_VERSION, purpose, publicKey: toHex(keyPair.publicKey) } as const;
  const file: KeyFile =
    passphrase === undefined
      ? { ...common, privateKey: toHex(keyPair.privateKey) }
      : { ...common, sealed: await sealWithPassphrase(keyPair.privateKey, passphrase, boundTo(common)) };
  await makeFolder(dirname(path), 0o700);
  await createFileDurably(path, utf8(`${JSON.stringify(file, null, 2)}\n`), 0o600);
}

/**
 * The key in the file at `path`. Throws `key_file_missing`, `key_file_permissions` (group or others have any right),
 * `bad_key_file`, `key_file_purpose`, `passphrase_required` or `wrong_passphrase`.
 */
export async function readKeyFile(path: string, purpose: KeyPurpose, passphrase?: string): Promise<KeyPair> {
  const file = parseKeyFile(path, await readPrivateFile(path));
  requirePurpose(path, file, purpose);
  const publicKey = fromHex(file.publicKey);
  const privateKey = "sealed" in file ? await openSealed(path, file, passphrase) : fromHex(file.privateKey);
  if (!bytesEqual(publicKeyOf(privateKey), publicKey)) {
    throw badKeyFile(path, "expected the public key to be that of the private key, got another one");
  }
  return { publicKey, privateKey };
}

/** The public key (32 bytes) in the file at `path`; no passphrase is needed. Throws as `readKeyFile` does. */
export async function readPublicKey(path: string, purpose: KeyPurpose): Promise<Uint8Array> {
  const file = parseKeyFile(path, await readPrivateFile(path));
  requirePurpose(path, file, purpose);
  return fromHex(file.publicKey);
}

/** Whether the key in the file at `path` is under a passphrase. Throws as `readKeyFile` does. */
export async function needsPassphrase(path: string): Promise<boolean> {
  return "sealed" in parseKeyFile(path, await readPrivateFile(path));
}

function requirePurpose(path: string, file: KeyFile, purpose: KeyPurpose): void {
  if (file.purpose === purpose) return;
  throw new AiBlockError(
    "key_file_purpose",
    `key file ${path}: expected a key for "${purpose}", got "${file.purpose}"`,
  );
}

async function openSealed(
  path: string,
  file: Extract<KeyFile, { sealed: unknown }>,
  passphrase: string | undefined,
): Promise<Uint8Array> {
  if (passphrase === undefined) {
    throw new AiBlockError("passphrase_required", `key file ${path}: expected a passphrase, got none`, { path });
  }
  const privateKey = await openWithPassphrase(file.sealed, passphrase, boundTo(file));
  if (privateKey === undefined) {
    throw new AiBlockError("wrong_passphrase", `key file ${path}: the passphrase does not open it`, { path });
  }
  return privateKey;
}

/** The fields that the sealed key is bound to: a box moved into another file does not open. */
function boundTo({ version, purpose, publicKey }: Pick<KeyFile, "version" | "purpose" | "publicKey">): Uint8Array {
  return utf8(JSON.stringify(["ai-block/key-file", version, purpose, publicKey]));
}

/**
 * The text of a small file that its owner alone may read. The rights are those of the opened file, so nobody can
 * exchange it in between. Throws `key_file_missing`, `key_file_permissions`, `bad_key_file`.
 */
export async function readPrivateFile(path: string): Promise<string> {
  // Without O_NONBLOCK, opening a named pipe would wait for a writer.
  const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch((error: unknown) => {
    if (errorCode(error) !== "ENOENT") throw error;
    throw new AiBlockError("key_file_missing", `key file ${path}: expected a file, got none`, { path });
  });
  try {
    const { mode, size, isFile } = await statOf(handle);
    if (!isFile) throw badKeyFile(path, "expected a regular file, got something else");
    // Windows has no such rights; there the user's profile folder is private.
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      throw new AiBlockError(
        "key_file_permissions",
        `key file ${path}: expected mode 0600, got 0${mode.toString(8)}; run: chmod 600 ${excerpt(path, 4096)}`,
        { path, mode },
      );
    }
    if (size > MAX_KEY_FILE_BYTES) {
      throw badKeyFile(path, `expected at most ${MAX_KEY_FILE_BYTES} bytes, got ${size}`);
    }
    return await handle.readFile("utf8");
  } finally {
    await handle.close();
  }
}

async function statOf(
  handle: Awaited<ReturnType<typeof open>>,
): Promise<{ mode: number; size: number; isFile: boolean }> {
  const stat = await handle.stat();
  return { mode: stat.mode & 0o777, size: stat.size, isFile: stat.isFile() };
}

function parseKeyFile(path: string, text: string): KeyFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // JSON.parse quotes the text in its message, and the text holds the key.
    throw badKeyFile(path, "expected JSON, got something else");
  }
  const version = (value as { version?: unknown } | null)?.version;
  if (typeof version === "number" && version > KEY_FILE_VERSION) {
    throw badKeyFile(path, `expected version ${KEY_FILE_VERSION}, got ${version}; it was written by a newer ai-block`);
  }
  const result = keyFileSchema.safeParse(value);
  if (!result.success) {
    throw badKeyFile(
      path,
      "expected version, purpose, publicKey, and privateKey or sealed, got other fields or values",
    );
  }
  return result.data;
}

function badKeyFile(path: string, problem: string): AiBlockError {
  return new AiBlockError("bad_key_file", `key file ${path}: ${problem}`, { path });
}
