/** The key that signs, from its file; a passphrase is asked for where somebody can answer. */
import type { KeyPair } from "../../core/ed25519.ts";
import { type KeyPurpose, needsPassphrase, readKeyFile } from "../../core/keyFile.ts";
import type { CommandContext } from "./context.ts";
import { askSecret, canAsk } from "./prompt.ts";

/** Throws as `readKeyFile` does: `key_file_missing`, `key_file_permissions`, `passphrase_required` and so on. */
export async function readKey({ config, signal }: CommandContext, purpose: KeyPurpose): Promise<KeyPair> {
  const { keyFile, passphrase } = config;
  const ask = passphrase === undefined && canAsk() && (await needsPassphrase(keyFile));
  return readKeyFile(keyFile, purpose, ask ? await askSecret(`Passphrase of ${keyFile}: `, signal) : passphrase);
}
