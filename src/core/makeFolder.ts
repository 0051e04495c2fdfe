/**
 * Makes a folder and those above it. Node's own recursive `mkdir` never returns where the system has no folders to make,
 * as in /proc.
 */
import { mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { errorCode } from "./errors.ts";

/** One that is there is fine. Throws what the system says, and `ENOTDIR` where a file is in the way. */
export async function makeFolder(folder: string, mode = 0o777): Promise<void> {
  const missing: string[] = [];
  let at = resolve(folder);
  while (!(await isFolder(at))) {
    missing.push(at);
    at = dirname(at);
  }
  for (const each of missing.reverse()) {
    await mkdir(each, { mode }).catch(async (error: unknown) => {
      // Somebody else was faster.
      if (errorCode(error) !== "EEXIST" || !(await isFolder(each))) throw error;
    });
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    if ((await stat(path)).isDirectory()) return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
  throw Object.assign(new Error(`ENOTDIR: not a directory, mkdir '${path}'`), { code: "ENOTDIR", path });
}
