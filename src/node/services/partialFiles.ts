/**
 * How unfinished uploads lie in their folder: one file each, named by root, length and who began it. What came so far is
 * its content, when it was last touched its time.
 *
 *   <folder>/<root>.<length>.<first 16 hex digits of the SHA-256 of the caller's name>
 */
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { toHex, utf8 } from "../../core/bytes.ts";
import { errorCode } from "../../core/errors.ts";
import { sha256 } from "../../core/hash.ts";

export interface PartialFile {
  readonly root: string;
  /** Of the caller who began it, as `ownerOf` has it. */
  readonly owner: string;
  readonly path: string;
  readonly totalBytes: number;
  readonly receivedBytes: number;
  readonly touchedMs: number;
}

const NAME = /^([0-9a-f]{64})\.([1-9][0-9]{0,14}|0)\.([0-9a-f]{16})$/;

/** Names of callers are no file names. */
export function ownerOf(caller: string): string {
  return toHex(sha256(utf8(caller))).slice(0, 16);
}

export function partialPath(folder: string, root: string, totalBytes: number, owner: string): string {
  return join(folder, `${root}.${totalBytes}.${owner}`);
}

/** Removes what is no unfinished upload. */
export async function removeOthers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!NAME.test(name)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** By root. */
export async function listPartials(folder: string): Promise<Map<string, PartialFile>> {
  const found = new Map<string, PartialFile>();
  for (const name of await readdir(folder)) {
    const [, root, total, owner] = NAME.exec(name) ?? [];
    if (root === undefined || owner === undefined) continue;
    const path = join(folder, name);
    const facts = await stat(path).catch((error: unknown) => {
      // Removed since the folder was read.
      if (errorCode(error) === "ENOENT") return undefined;
      throw error;
    });
    if (facts === undefined) continue;
    const { size, mtimeMs } = facts;
    found.set(root, { root, owner, path, totalBytes: Number(total), receivedBytes: size, touchedMs: mtimeMs });
  }
  return found;
}
