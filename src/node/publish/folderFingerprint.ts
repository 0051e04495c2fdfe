/** A name for what lies in a folder, from its files' names, sizes and times of change: nothing is read. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { toHex, utf8 } from "../../core/bytes.ts";
import { errorCode } from "../../core/errors.ts";
import { createSha256 } from "../../core/hash.ts";

/** 64 hex digits; changes whenever a file does. */
export async function folderFingerprint(folder: string): Promise<string> {
  const hash = createSha256();
  for (const name of (await readdir(folder)).sort()) {
    const { size, mtimeMs } = await stat(join(folder, name));
    hash.update(utf8(`${name}\0${size}\0${mtimeMs}\0`));
  }
  return toHex(hash.digest());
}

export async function fileExists(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return false;
    throw error;
  }
}
