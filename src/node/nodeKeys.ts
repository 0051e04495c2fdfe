/**
 * The node's two keys, made when they are first needed: the author's, which signs blocks and lies apart from the data,
 * and the peer's, which names this node in the network and lies in the data folder, so that two nodes never share it.
 */
import { join } from "node:path";
import { generateKeyPair, type KeyPair } from "../core/ed25519.ts";
import { errorCode } from "../core/errors.ts";
import { createKeyFile, type KeyPurpose, readKeyFile } from "../core/keyFile.ts";

export interface NodeKeys {
  readonly author: KeyPair;
  readonly peer: KeyPair;
  /** Files that were made just now. */
  readonly created: readonly string[];
}

function peerKeyFile(dataDir: string): string {
  return join(dataDir, "peer.json");
}

/** Throws as `readKeyFile` does, but for a missing file, which is made with mode 0600. */
export async function readNodeKeys(options: {
  readonly keyFile: string;
  readonly dataDir: string;
  readonly passphrase: string | undefined;
}): Promise<NodeKeys> {
  const { keyFile, dataDir, passphrase } = options;
  const author = await readOrCreate(keyFile, "author", passphrase);
  const peer = await readOrCreate(peerKeyFile(dataDir), "peer", passphrase);
  const created = [...(author.created ? [keyFile] : []), ...(peer.created ? [peerKeyFile(dataDir)] : [])];
  return { author: author.key, peer: peer.key, created };
}

async function readOrCreate(
  path: string,
  purpose: KeyPurpose,
  passphrase: string | undefined,
): Promise<{ key: KeyPair; created: boolean }> {
  try {
    return { key: await readKeyFile(path, purpose, passphrase), created: false };
  } catch (error) {
    if (errorCode(error) !== "key_file_missing") throw error;
  }
  const key = generateKeyPair();
  try {
    await createKeyFile(path, purpose, key, passphrase);
    return { key, created: true };
  } catch (error) {
    // Another process was faster.
    if (errorCode(error) !== "file_exists") throw error;
    return { key: await readKeyFile(path, purpose, passphrase), created: false };
  }
}
