/**
 * The repair behind `ai-block chain repair`: rebuilds the database from the headers that are still good, moves damaged
 * payloads to quarantine, and keeps the old database beside the new one.
 *
 * The new database is built under another name and takes its place by a rename, so an interrupted repair changes
 * nothing and is simply run again.
 */
import { readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { hashFromHex } from "../../core/bytes.ts";
import { syncFolder } from "../../core/durableFile.ts";
import { AiBlockError, errorCode } from "../../core/errors.ts";
import { PayloadStore } from "../payload/payloadStore.ts";
import { INDEX, OLD_INDEX_PREFIX, PAYLOADS, sweepTemporary } from "../store/chainFolder.ts";
import { Database } from "../store/database.ts";
import { findDamagedLogs, findDamagedTables } from "../store/leveldb/checkFiles.ts";
import { requireUnlocked } from "../store/openLevel.ts";
import { auditPayloads } from "./audit.ts";
import type { Finding, OnFinding } from "./finding.ts";
import { type ReplayOptions, replay } from "./replay.ts";
import { salvage } from "./salvage.ts";

export interface RepairOptions extends ReplayOptions {
  /** Default false: without its manifest no block of a model can be checked, so nothing is done before it is back. */
  readonly dropModelsWithoutManifest?: boolean;
}

export interface RepairReport {
  readonly blocks: number;
  /** Where the old database is now. */
  readonly oldIndex: string;
  readonly quarantined: readonly string[];
  readonly findings: readonly Finding[];
}

const REBUILT = "index.rebuilt";
const SALVAGE = "index.salvage";

/**
 * Throws `store_locked`, `store_newer`, `nothing_to_repair`, `manifest_missing` (with the findings in its data; damaged
 * manifests are in quarantine then, and can be put again), or the signal's reason.
 */
export async function repairChain(folder: string, options: RepairOptions = {}): Promise<RepairReport> {
  const source = await findSource(folder);
  await requireUnlocked(join(folder, source));
  await sweepTemporary(folder);
  let rebuild = await rebuildFrom(folder, await openSource(join(folder, source), options), options);
  rebuild ??= await rebuildFrom(folder, await openSalvaged(folder, source, options), options);
  if (rebuild === undefined) {
    throw new AiBlockError("store_corrupt", `store ${folder}: what was salvaged from it cannot be read either`);
  }
  const { blocks, findings } = rebuild;
  const payloads = await PayloadStore.open(join(folder, PAYLOADS), 0);
  const quarantined = await quarantineDamaged(payloads, (finding) => findings.push(finding), options);
  const withoutManifest = findings.filter(({ code }) => code === "manifest_missing");
  if (withoutManifest.length > 0 && options.dropModelsWithoutManifest !== true) {
    const what = withoutManifest.map(({ message }) => message).join("; ");
    throw new AiBlockError("manifest_missing", `store ${folder}: ${what}; put the manifest back, then repair again`, {
      findings,
      quarantined,
    });
  }
  const oldIndex = join(folder, source === INDEX ? `${OLD_INDEX_PREFIX}${Date.now()}` : source);
  if (source === INDEX) await rename(join(folder, INDEX), oldIndex);
  await rename(join(folder, REBUILT), join(folder, INDEX));
  await syncFolder(folder);
  await rm(join(folder, SALVAGE), { recursive: true, force: true });
  return { blocks, oldIndex, quarantined, findings };
}

/** The folder to repair: the index, or the newest old one when a repair was cut off between its two renames. */
async function findSource(folder: string): Promise<string> {
  const names = await readdir(folder).catch((): string[] => []);
  if (names.includes(INDEX)) return INDEX;
  const newest = names
    .filter((name) => name.startsWith(OLD_INDEX_PREFIX))
    .sort()
    .at(-1);
  if (newest !== undefined) return newest;
  throw new AiBlockError("nothing_to_repair", `${folder}: expected a chain (a folder "${INDEX}"), found none`);
}

/** The old database, or `undefined` when its files are damaged or LevelDB cannot open them. */
async function openSource(folder: string, { signal }: RepairOptions): Promise<Database | undefined> {
  const damaged = [...(await findDamagedLogs(folder)), ...(await findDamagedTables(folder, signal))];
  if (damaged.length > 0) return undefined;
  try {
    return await Database.openDamaged(folder);
  } catch (error) {
    if (errorCode(error) !== "store_corrupt") throw error;
    return undefined;
  }
}

/** A database with what is intact in the old one's files. */
async function openSalvaged(folder: string, source: string, { signal }: RepairOptions): Promise<Database> {
  await rm(join(folder, SALVAGE), { recursive: true, force: true });
  return salvage(join(folder, source), join(folder, SALVAGE), signal);
}

/** Builds the new database beside the old one; `undefined` when the old one cannot be read through. */
async function rebuildFrom(
  folder: string,
  stored: Database | undefined,
  options: RepairOptions,
): Promise<{ blocks: number; findings: Finding[] } | undefined> {
  if (stored === undefined) return undefined;
  try {
    await rm(join(folder, REBUILT), { recursive: true, force: true });
    const payloads = await PayloadStore.open(join(folder, PAYLOADS), 0);
    const rebuilt = await Database.open(join(folder, REBUILT));
    try {
      const findings: Finding[] = [];
      const blocks = await replay(stored, rebuilt, payloads, (finding) => findings.push(finding), options);
      return { blocks, findings };
    } finally {
      await rebuilt.close();
    }
  } catch (error) {
    if (errorCode(error) !== "LEVEL_CORRUPTION" && errorCode(error) !== "store_corrupt") throw error;
    return undefined;
  } finally {
    await stored.close();
  }
}

async function quarantineDamaged(
  payloads: PayloadStore,
  onFinding: OnFinding,
  { signal }: RepairOptions,
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
