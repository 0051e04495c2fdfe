/** Writing files with errors that say what happened. The writers themselves leave an older file as it was. */
import { errorCode } from "../../../core/errors.ts";
import { trainingError } from "../errors.ts";

/** No space, over the quota, over the largest file size. */
const FULL = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/** Throws `disk_full` in place of the system's error when there is no room; `what` names what was to be written. */
export async function reportFullDisk<T>(what: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    const code = errorCode(cause);
    if (code === undefined || !FULL.has(code)) throw cause;
    const text = `${what}: there is no room to write it (${code}); what was there before is unchanged`;
    throw trainingError("disk_full", text, { cause: code }, { cause });
  }
}
