/**
 * The repair behind `ai-block chain repair`: rebuilds the database from the headers that are still good, moves damaged
 * payloads to quarantine, and keeps the old database beside the new one.
 *
 * The new database is built under another name and takes its place by a rename, so an interrupted repair changes
 * nothing and is simply run again.
 */
import { cp, mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Level } from "level";
import { hashFromHex } from "../../core/bytes.ts";
import { syncFolder } from "../../core/durableFile.ts";
import { AiBlockError, errorCode } from "../../core/errors.ts";
import { PayloadStore } from "../payload/payloadStore.ts";
import { Database } from "../store/database.ts";
import { auditPayloads } from "./audit.ts";
import type { Finding, OnFinding } from "./finding.ts";
import { type ReplayOptions, replay } from "./replay.ts";

export interface RepairReport {
  readonly blocks: number;
  /** Where the old database is now. */
  readonly oldIndex: string;
  readonly quarantined: readonly string[];
  readonly findings: readonly Finding[];
}

const INDEX = "index";
const REBUILT = "index.rebuilt";
const SALVAGE = "index.salvage";

/** Throws `store_locked`, `store_newer`, `nothing_to_repair`, or the signal's reason. */
export async function repairChain(folder: string, options: ReplayOptions = {}): Promise<RepairReport> {
  const findings: Finding[] = [];
  const onFinding: OnFinding = (finding) => findings.push(finding);
  const source = await findSource(folder);
  for (const leftover of [REBUILT, SALVAGE]) await rm(join(folder, leftover), { recursive: true, force: true });
  const payloads = await PayloadStore.open(join(folder, "payloads"), 0);
  const stored = await openOrSalvage(folder, source);
  let blocks: number;
  try {
    const rebuilt = await Database.open(join(folder, REBUILT));
    try {
      blocks = await replay(stored, rebuilt, payloads, onFinding, options);
    } finally {
      await rebuilt.close();
    }
  } finally {
    await stored.close();
  }
  const oldIndex = join(folder, `index.old-${Date.now()}`);
  if (source === INDEX) await rename(join(folder, INDEX), oldIndex);
  await rename(join(folder, REBUILT), join(folder, INDEX));
  await syncFolder(folder);
  await rm(join(folder, SALVAGE), { recursive: true, force: true });
  return { blocks, oldIndex, quarantined: await quarantineDamaged(payloads, onFinding, options), findings };
}

/** The folder to repair: the index, or the newest old one when a repair was cut off between its two renames. */
async function findSource(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const entries = await readdir(folder);
  if (entries.includes(INDEX)) return INDEX;
  const newest = entries
    .filter((name) => name.startsWith("index.old-"))
    .sort()
    .at(-1);
  if (newest !== undefined) return newest;
  throw new AiBlockError("nothing_to_repair", `${folder}: expected a chain (a folder "${INDEX}"), found none`);
}

/** The old database; when LevelDB cannot open it, a copy that LevelDB's own repair has gone over. */
async function openOrSalvage(folder: string, source: string): Promise<Database> {
  try {
    return await Database.open(join(folder, source));
  } catch (error) {
    if (errorCode(error) !== "store_corrupt") throw error;
  }
  const copy = join(folder, SALVAGE);
  await cp(join(folder, source), copy, { recursive: true });
  await (Level as unknown as { repair(location: string): Promise<void> }).repair(copy);
  return Database.open(copy);
}

async function quarantineDamaged(
  payloads: PayloadStore,
  onFinding: OnFinding,
  { signal }: ReplayOptions,
): Promise<string[]> {
  const damaged: string[] = [];
  const note: OnFinding = (finding) => {
    onFinding(finding);
    if (finding.rootHex !== undefined) damaged.push(finding.rootHex);
  };
  await auditPayloads(payloads, note, signal === undefined ? {} : { signal });
  for (const rootHex of damaged) await payloads.quarantine(hashFromHex(rootHex));
  return damaged;
}
