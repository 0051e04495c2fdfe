/**
 * Which model a node serves: the checkpoint (folder or GGUF file) that the user names, else the demo model that comes with the program,
 * else the newest complete model on the chain. A folder that is not on the chain yet is published first.
 */
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Chain } from "../../chain/chain.ts";
import { hashFromHex, isHashHex, toHex, utf8 } from "../../core/bytes.ts";
import { writeFileDurably } from "../../core/durableFile.ts";
import { AiBlockError } from "../../core/errors.ts";
import { fileExists, folderFingerprint } from "./folderFingerprint.ts";
import { modelNameOf, type PublishOptions, publishCheckpoint } from "./publishCheckpoint.ts";

export interface ChosenModel {
  /** Id of the meta block: 32 bytes. */
  readonly model: Uint8Array;
  /** Blocks that were put on the chain for it. */
  readonly published: number;
}

export interface ChooseOptions extends PublishOptions {
  readonly dataDir: string;
  /** What the user named. */
  readonly modelFolder: string | undefined;
  readonly demoFolder: string;
}

const DEMO_NAME = "ai-block-demo";

/** Throws `no_model`, and as `publishCheckpoint` does. */
export async function chooseModel(chain: Chain, options: ChooseOptions): Promise<ChosenModel> {
  const { modelFolder, demoFolder } = options;
  if (modelFolder !== undefined) {
    return publishOnce(chain, resolve(modelFolder), modelNameOf(resolve(modelFolder)), options);
  }
  if (await fileExists(join(demoFolder, "config.json"))) return publishOnce(chain, demoFolder, DEMO_NAME, options);
  const newest = await newestCompleteModel(chain);
  if (newest !== undefined) return { model: newest, published: 0 };
  throw new AiBlockError(
    "no_model",
    `there is no model: ${demoFolder} has none, and the chain neither; name a checkpoint folder or a GGUF file with --model`,
  );
}

/** What was published from a folder in this state before needs no second look at its weights. */
async function publishOnce(chain: Chain, folder: string, name: string, options: ChooseOptions): Promise<ChosenModel> {
  const notes = join(options.dataDir, "published.json");
  const fingerprint = `${await folderFingerprint(folder)} ${name} ${toHex(options.signer.publicKey)}`;
  const noted = (await readNotes(notes)).get(fingerprint);
  if (noted !== undefined && (await isComplete(chain, noted))) return { model: hashFromHex(noted), published: 0 };
  const { model, published } = await publishCheckpoint(chain, folder, { ...options, name });
  await writeFileDurably(notes, utf8(`${JSON.stringify({ [fingerprint]: toHex(model) }, null, 2)}\n`));
  return { model, published };
}

/** Only a hint: a damaged file means that the checkpoint is hashed again. */
async function readNotes(path: string): Promise<Map<string, string>> {
  try {
    const notes: unknown = JSON.parse(await readFile(path, "utf8"));
    return new Map(Object.entries(notes as object).filter((entry): entry is [string, string] => isHashHex(entry[1])));
  } catch {
    return new Map();
  }
}

async function isComplete(chain: Chain, model: string): Promise<boolean> {
  const rules = chain.models.get(model);
  return rules !== undefined && (await chain.heads(rules.id)).size === rules.slots.size;
}

async function newestCompleteModel(chain: Chain): Promise<Uint8Array | undefined> {
  let newest: { id: Uint8Array; timeMs: number } | undefined;
  for (const [idHex, { id }] of chain.models) {
    const timeMs = chain.dag.block(id)?.header.timeMs ?? 0;
    if ((newest === undefined || timeMs > newest.timeMs) && (await isComplete(chain, idHex))) newest = { id, timeMs };
  }
  return newest?.id;
}
