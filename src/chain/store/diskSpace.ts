/** Free disk space, and what a full disk is called. */
import { statfs } from "node:fs/promises";
import { AiBlockError, errorCode } from "../../core/errors.ts";

/** Below this, nothing more is stored: LevelDB needs room to compact and to close cleanly. */
export const DEFAULT_MIN_FREE_BYTES = 256 * 2 ** 20;

export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** Throws `disk_full` unless `neededBytes` fit above the reserve. */
export async function requireFreeSpace(folder: string, neededBytes: number, minFreeBytes: number): Promise<void> {
  const free = await freeBytes(folder);
  if (free - neededBytes >= minFreeBytes) return;
  throw new AiBlockError(
    "disk_full",
    `${folder}: expected ${neededBytes} free bytes above a reserve of ${minFreeBytes}, got ${free}; free some space`,
    { neededBytes, minFreeBytes, freeBytes: free },
  );
}

/** `error` as `disk_full` or `disk_read_only` when that is what it is, otherwise unchanged. */
export function asDiskError(error: unknown, path: string): unknown {
  switch (errorCode(error)) {
    case "ENOSPC":
    case "EDQUOT":
      return new AiBlockError("disk_full", `${path}: no space is left on the disk`, {}, { cause: error });
    case "EROFS":
      return new AiBlockError("disk_read_only", `${path}: the disk is mounted read-only`, {}, { cause: error });
    default:
      return error;
  }
}
