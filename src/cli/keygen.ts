/** `ai-block keygen`: makes a key and writes it to a new file. */
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import * as z from "zod";
import { toHex } from "../core/bytes.ts";
import { generateKeyPair } from "../core/ed25519.ts";
import { AiBlockError, errorCode } from "../core/errors.ts";
import { createKeyFile, KEY_PURPOSES, type KeyPurpose } from "../core/keyFile.ts";
import { defineCommand } from "./framework/command.ts";
import type { CommandContext } from "./framework/context.ts";
import { hashJson } from "./framework/json.ts";
import { choiceOption, switchOption, textOption, withDefault } from "./framework/option.ts";
import { askNewPassphrase, canAsk } from "./framework/prompt.ts";
import { jsonOption } from "./framework/sharedOptions.ts";
import { usageError } from "./framework/usageError.ts";

const schema = z.strictObject({
  publicKey: hashJson.meta({ description: "32 bytes" }),
  purpose: z.enum(KEY_PURPOSES),
  file: z.string(),
  passphrase: z.boolean().meta({ description: "whether the file needs one" }),
});

export const command = defineCommand({
  description:
    "Makes an Ed25519 key, writes it to a new file that only you can read, and prints the public key. An existing file " +
    "is never overwritten. An author key signs blocks, a peer key names a node in the network, a ledger key holds " +
    "rewards. The file of an author key is the one that --key-file names; the others lie beside it.",
  arguments: {},
  options: {
    purpose: withDefault(choiceOption("What the key is for.", "purpose", KEY_PURPOSES), "author"),
    out: textOption("File to write, instead of the usual one.", "file"),
    askPassphrase: switchOption("Ask for a passphrase, twice, and put the key under it."),
    json: jsonOption,
  },
  settings: ["keyFile", "passphrase"],
  examples: [
    { command: "keygen", meaning: "The key that signs your blocks, in its usual place." },
    { command: "keygen --ask-passphrase", meaning: "The same, under a passphrase that you type." },
    { command: "keygen --purpose peer --out peer.json", meaning: "A key for a node, in a file of your choice." },
  ],
  exits: ["config", "keys", "diskFull", "interrupted"],
  json: schema,
  async run(context, { options }) {
    const { purpose } = options;
    const file = fileFor(context, purpose, options.out);
    // Before anybody has typed a passphrase for nothing; the write itself makes sure.
    if (existsSync(file)) throw keyExists(file);
    const passphrase = options.askPassphrase ? await askPassphrase(context) : context.config.passphrase;
    const keyPair = generateKeyPair();
    await createKeyFile(file, purpose, keyPair, passphrase).catch((error: unknown) => {
      throw errorCode(error) === "file_exists" ? keyExists(file, error) : error;
    });
    const publicKey = toHex(keyPair.publicKey);
    context.note(`The ${purpose} key is in ${file}, ${protection(passphrase)}. Keep a copy in a safe place.`);
    if (options.json) {
      const result: z.infer<typeof schema> = { publicKey, purpose, file, passphrase: passphrase !== undefined };
      context.out.json(result);
    } else {
      context.print(publicKey);
    }
    return undefined;
  },
});

function fileFor({ config }: CommandContext, purpose: KeyPurpose, out: string | undefined): string {
  if (out !== undefined) return resolve(out);
  return purpose === "author" ? config.keyFile : join(dirname(config.keyFile), `${purpose}.json`);
}

function askPassphrase({ signal }: CommandContext): Promise<string> {
  if (canAsk()) return askNewPassphrase(signal);
  throw usageError(
    "--ask-passphrase: expected a terminal to ask on, got none; name a file that holds the passphrase with --passphrase-file",
  );
}

function keyExists(file: string, cause?: unknown): AiBlockError {
  const message = `key file ${file}: expected no file, got one; a key is never overwritten, name another file with --out`;
  return new AiBlockError("key_file_exists", message, { file }, { cause });
}

function protection(passphrase: string | undefined): string {
  return passphrase === undefined ? "readable only by you and without a passphrase" : "under your passphrase";
}
