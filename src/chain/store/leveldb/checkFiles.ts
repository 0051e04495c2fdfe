/**
 * The checksums of LevelDB's files, looked at before LevelDB is: it takes a damaged log for one that was cut off, looks
 * rows up through filters that it does not check, and may abort the process on a damaged key.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { errorCode } from "../../../core/errors.ts";
import { readLog } from "./logFile.ts";
import { readManifest } from "./manifestFile.ts";
import { readTable } from "./tableFile.ts";

export interface DamagedFile {
  readonly name: string;
  /** Where, in bytes. */
  readonly offset: number;
}

/**
 * The logs and the manifest: what LevelDB reads when it opens, at most some 20 MB. The log may end in a batch that was
 * cut off; the manifest is synced before anything depends on it, so its end must be whole.
 */
export async function findDamagedLogs(folder: string): Promise<DamagedFile[]> {
  const damaged: DamagedFile[] = [];
  const live = await findLiveFiles(folder);
  for (const name of await namesIn(folder)) {
    const isManifest = name === live.manifest;
    if (!isManifest && !(name.endsWith(".log") && numberOf(name) >= live.firstLog)) continue;
    const bytes = await readIfThere(join(folder, name));
    if (bytes === undefined) continue;
    const { damagedAt, tornAt } = readLog(bytes);
    const offset = damagedAt ?? (isManifest ? tornAt : undefined);
    if (offset !== undefined) damaged.push({ name, offset });
  }
  return damaged;
}

/**
 * Every block of every table that is alive; one that a merge had begun when the process ended is not. Only for a
 * database that nobody has open.
 */
export async function findDamagedTables(folder: string, signal?: AbortSignal): Promise<DamagedFile[]> {
  const damaged: DamagedFile[] = [];
  const { tables } = await findLiveFiles(folder);
  for (const name of await namesIn(folder)) {
    signal?.throwIfAborted();
    if (!name.endsWith(".ldb") || tables?.has(numberOf(name)) === false) continue;
    for (const offset of readTable(await readFile(join(folder, name))).damagedAt) damaged.push({ name, offset });
  }
  return damaged;
}

/** `tables` is `undefined` when nobody knows: then all of them count. */
async function findLiveFiles(
  folder: string,
): Promise<{ manifest: string | undefined; tables: ReadonlySet<number> | undefined; firstLog: number }> {
  const current = await readIfThere(join(folder, "CURRENT"));
  const manifest = current === undefined ? undefined : Buffer.from(current).toString("utf8").trimEnd();
  const isName = manifest !== undefined && /^MANIFEST-[0-9]+$/.test(manifest);
  const bytes = isName ? await readIfThere(join(folder, manifest)) : undefined;
  const live = bytes === undefined ? undefined : readManifest(bytes);
  return { manifest, tables: live?.tables, firstLog: live?.firstLog ?? 0 };
}

function numberOf(name: string): number {
  return Number.parseInt(name, 10);
}

async function namesIn(folder: string): Promise<string[]> {
  return (await unlessMissing(readdir(folder))) ?? [];
}

/** A running database removes what it needs no more. */
function readIfThere(path: string): Promise<Uint8Array | undefined> {
  return unlessMissing(readFile(path));
}

async function unlessMissing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
