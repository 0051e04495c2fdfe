/** Opens LevelDB with our settings, not before its files have been looked at, and says what went wrong in our codes. */
import { link, mkdir, readdir, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Level } from "level";
import { temporaryPath } from "../../core/durableFile.ts";
import { AiBlockError, errorCode, errorMessage } from "../../core/errors.ts";
import { makeFolder } from "../../core/makeFolder.ts";
import { asDiskError } from "./diskSpace.ts";
import { findDamagedLogs } from "./leveldb/checkFiles.ts";

export type Rows = Level<Uint8Array, Uint8Array>;

/** LevelDB's files that hold rows. */
const DATA_FILE = /\.(?:ldb|log)$/;
/** Another process that has the database open needs no longer to finish what it is writing to a file. */
const SECOND_LOOK_MS = 100;

/** The folders that this process has open. */
const openFolders = new Set<string>();

/** Throws `store_locked`, `store_corrupt`, `disk_full` or `disk_read_only`. */
export async function openLevel(folder: string): Promise<Rows> {
  await makeFolder(folder).catch((error: unknown) => {
    throw asDiskError(error, folder);
  });
  const rows: Rows = new Level(folder, {
    keyEncoding: "view",
    valueEncoding: "view",
    // Where its root file is gone, LevelDB would begin anew and remove the tables that are left.
    createIfMissing: !(await readdir(folder)).some((name) => DATA_FILE.test(name)),
    writeBufferSize: 16 * 2 ** 20,
    cacheSize: 32 * 2 ** 20,
    maxFileSize: 8 * 2 ** 20,
  });
  try {
    await rows.open();
    openFolders.add(resolve(folder));
    return rows;
  } catch (error) {
    throw openError(folder, error);
  }
}

export async function closeLevel(rows: Rows, folder: string): Promise<void> {
  await rows.close();
  openFolders.delete(resolve(folder));
}

/**
 * Throws `store_locked` while somebody has the database in `folder` open. LevelDB is not let near its files for that: it
 * opens an empty database whose lock file is the same file.
 */
export async function requireUnlocked(folder: string): Promise<void> {
  if (openFolders.has(resolve(folder))) throw lockedError(folder);
  const probe = temporaryPath(dirname(folder));
  try {
    await mkdir(probe);
    await link(join(folder, "LOCK"), join(probe, "LOCK"));
    await closeLevel(await openLevel(probe), probe);
  } catch (error) {
    if (errorCode(error) === "store_locked") throw lockedError(folder, error);
    // Without a lock file nobody has ever opened it; without hard links there is no telling.
  } finally {
    await rm(probe, { recursive: true, force: true });
  }
}

/** Throws `store_corrupt` for a damaged log: LevelDB would pass over a damaged batch, and all behind it, without a word. */
export async function refuseDamagedLogs(folder: string): Promise<void> {
  let damaged = await findDamagedLogs(folder);
  if (damaged.length === 0) return;
  await sleep(SECOND_LOOK_MS);
  damaged = await findDamagedLogs(folder);
  if (damaged.length === 0) return;
  const where = damaged.map(({ name, offset }) => `${name} at byte ${offset}`).join(", ");
  throw new AiBlockError("store_corrupt", `store ${folder}: damaged: ${where}; run "ai-block chain repair"`, {
    damaged,
  });
}

function openError(folder: string, error: unknown): unknown {
  const cause = (error as { cause?: unknown }).cause;
  const diskError = asDiskError(cause, folder);
  if (diskError !== cause) return diskError;
  if (errorCode(cause) === "LEVEL_LOCKED") return lockedError(folder, error);
  const message = errorMessage(cause ?? error);
  return new AiBlockError(
    "store_corrupt",
    `store ${folder}: LevelDB cannot open it (${message}); run "ai-block chain repair"`,
    {},
    { cause: error },
  );
}

function lockedError(folder: string, cause?: unknown): AiBlockError {
  return new AiBlockError("store_locked", `store ${folder}: another AI-Block process has it open`, {}, { cause });
}
