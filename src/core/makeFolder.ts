/**
 * Makes a folder and those above it. Node's own recursive `mkdir` never returns where the system has no folders to make,
 * as in /proc, and on a read-only disk it says that there is no such folder.
 */
import { mkdirSync, statSync } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { AiBlockError, errorCode } from "./errors.ts";

/**
 * One that is there is fine. Returns whether there was none. Throws what the system says, `ENOTDIR` where a file is in the
 * way, and `folder_impossible` where the system has no folders to make.
 */
export async function makeFolder(folder: string, mode = 0o777): Promise<boolean> {
  const missing: string[] = [];
  let at = resolve(folder);
  while (!(await isFolder(at))) {
    missing.push(at);
    at = dirname(at);
  }
  for (const each of missing.reverse()) {
    await mkdir(each, { mode }).catch(async (error: unknown) => {
      // Somebody else was faster.
      if (errorCode(error) !== "EEXIST" || !(await isFolder(each))) throw refusal(error, each);
    });
  }
  return missing.length > 0;
}

/** The same, while this thread waits. */
export function makeFolderSync(folder: string, mode = 0o777): boolean {
  const missing: string[] = [];
  let at = resolve(folder);
  while (!isFolderSync(at)) {
    missing.push(at);
    at = dirname(at);
  }
  for (const each of missing.reverse()) {
    try {
      mkdirSync(each, { mode });
    } catch (error) {
      if (errorCode(error) !== "EEXIST" || !isFolderSync(each)) throw refusal(error, each);
    }
  }
  return missing.length > 0;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    if ((await stat(path)).isDirectory()) return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
  throw fileInTheWay(path);
}

function isFolderSync(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return false;
  if (found.isDirectory()) return true;
  throw fileInTheWay(path);
}

/** "No such folder" about a folder whose parent is there: that is how /proc says that it takes none. */
function refusal(error: unknown, path: string): unknown {
  if (errorCode(error) !== "ENOENT") return error;
  const parent = dirname(path);
  const message = `${path}: expected a place where folders can be made, ${parent} takes none`;
  return new AiBlockError("folder_impossible", message, { path }, { cause: error });
}

function fileInTheWay(path: string): Error {
  return Object.assign(new Error(`ENOTDIR: not a directory, mkdir '${path}'`), { code: "ENOTDIR", path });
}
