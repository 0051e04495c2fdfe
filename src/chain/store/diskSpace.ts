/** Free disk space, and what a full disk is called. */
import { rm, statfs } from "node:fs/promises";
import { temporaryPath, writeFileDurably } from "../../core/durableFile.ts";
import { AiBlockError, errorCode, errorMessage } from "../../core/errors.ts";

/** Below this, nothing more is stored: LevelDB needs room to compact and to close cleanly. */
export const DEFAULT_MIN_FREE_BYTES = 256 * 2 ** 20;

const PROBE_BYTES = 4096;

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

/** Throws `disk_full` or `disk_read_only` unless the disk takes a write now and has `neededBytes` free. */
export async function requireWritable(folder: string, neededBytes: number): Promise<void> {
  await requireFreeSpace(folder, neededBytes, 0);
  const probe = temporaryPath(folder);
  try {
    await writeFileDurably(probe, new Uint8Array(PROBE_BYTES));
  } catch (error) {
    throw asDiskError(error, folder);
  } finally {
    await rm(probe, { force: true });
  }
}

/** `error`, Node's or LevelDB's, as `disk_full` or `disk_read_only` when that is what it is, otherwise unchanged. */
export function asDiskError(error: unknown, path: string): unknown {
  switch (systemCode(error)) {
    case "ENOSPC":
    case "EDQUOT":
      return new AiBlockError("disk_full", `${path}: no space is left on the disk`, {}, { cause: error });
    case "EROFS":
      return new AiBlockError("disk_read_only", `${path}: the disk is mounted read-only`, {}, { cause: error });
    default:
      return error;
  }
}

/** LevelDB has one code for all errors of the operating system, and the system's sentence in the message. */
function systemCode(error: unknown): string | undefined {
  const code = errorCode(error);
  if (code !== "LEVEL_IO_ERROR") return code;
  const message = errorMessage(error);
  if (message.endsWith("No space left on device")) return "ENOSPC";
  if (message.endsWith("Disk quota exceeded")) return "EDQUOT";
  return message.endsWith("Read-only file system") ? "EROFS" : code;
}
