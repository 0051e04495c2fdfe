/**
 * A name for what lies in a folder, from its files' names, sizes and times of change: nothing is read. A GGUF file stands
 * for itself and, when it is the first part of several, for the others.
 */
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { toHex, utf8 } from "../../core/bytes.ts";
import { errorCode } from "../../core/errors.ts";
import { createSha256 } from "../../core/hash.ts";

/** 64 hex digits; changes whenever a file does. Links are followed; one that leads nowhere counts as an empty file. */
export async function folderFingerprint(path: string): Promise<string> {
  const isFolder = (await stat(path)).isDirectory();
  const folder = isFolder ? path : dirname(path);
  const names = (await readdir(folder)).filter((name) => isFolder || isPartOf(name, basename(path)));
  const hash = createSha256();
  for (const name of names.sort()) {
    const { size, mtimeMs } = await statOrNothing(join(folder, name));
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

function isPartOf(name: string, file: string): boolean {
  const whole = (part: string): string => part.replace(/-[0-9]{5}(-of-[0-9]{5}\.gguf)$/, "$1");
  return name === file || (whole(file) !== file && whole(name) === whole(file));
}

async function statOrNothing(path: string): Promise<{ readonly size: number; readonly mtimeMs: number }> {
  try {
    return await stat(path);
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ELOOP") return { size: 0, mtimeMs: 0 };
    throw error;
  }
}
