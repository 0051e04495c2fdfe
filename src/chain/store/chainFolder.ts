/**
 * What lies in the folder of a chain:
 *
 *   index          LevelDB: headers and everything derived from them
 *   payloads       payload files
 *   index.old-…    what a repair replaced
 *   .tmp-…         what a killed program left
 */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { TEMP_PREFIX } from "../../core/durableFile.ts";
import { AiBlockError, errorCode } from "../../core/errors.ts";

export const INDEX = "index";
export const PAYLOADS = "payloads";
export const OLD_INDEX_PREFIX = "index.old-";

/**
 * Throws `store_corrupt` when a repair was cut off after it had taken the old index away: opening would create an empty
 * one in its place.
 */
export async function refuseInterruptedRepair(folder: string): Promise<void> {
  const names = await namesIn(folder);
  if (names.includes(INDEX) || !names.some((name) => name.startsWith(OLD_INDEX_PREFIX))) return;
  throw new AiBlockError(
    "store_corrupt",
    `store ${folder}: expected a folder "${INDEX}", found only what a repair left; run "ai-block chain repair" again`,
  );
}

/** Throws `store_missing` when there is no chain in `folder`, `store_corrupt` when a repair was cut off. */
export async function requireChain(folder: string): Promise<void> {
  await refuseInterruptedRepair(folder);
  if ((await namesIn(folder)).includes(INDEX)) return;
  throw new AiBlockError("store_missing", `${folder}: expected a chain (a folder "${INDEX}"), found none`);
}

/** Removes what a killed program left. Only for the one who holds the lock of the index. */
export async function sweepTemporary(folder: string): Promise<void> {
  for (const name of await namesIn(folder)) {
    if (name.startsWith(TEMP_PREFIX)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  }
}
