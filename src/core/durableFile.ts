/**
 * Files that are there whole or not at all: write to a temporary name in the same folder, fsync, rename, fsync the folder.
 */
import { randomBytes } from "node:crypto";
import { type FileHandle, link, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AiBlockError, errorCode } from "./errors.ts";

/** Prefix of temporary names, so that leftovers of a killed process are recognised and swept away. */
export const TEMP_PREFIX = ".tmp-";

/** A fresh temporary path in `folder`. */
export function temporaryPath(folder: string): string {
  return join(folder, `${TEMP_PREFIX}${randomBytes(8).toString("hex")}`);
}

/** Makes a rename or a removal in `folder` survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows can neither open nor sync a folder; NTFS journals the rename itself.
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes all of `bytes` at the handle's position: a single `write` may store fewer. */
export async function writeFully(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let offset = 0;
  while (offset < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, offset, bytes.length - offset);
    offset += bytesWritten;
  }
}

/**
 * Writes `bytes` to `path` durably; an older file at `path` is replaced in one step.
 * On an error the temporary file is removed and `path` is as before.
 */
export async function writeFileDurably(path: string, bytes: Uint8Array, mode = 0o644): Promise<void> {
  const temporary = await writeTemporary(dirname(path), bytes, mode);
  try {
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/**
 * Like `writeFileDurably`, but never replaces anything: throws `file_exists` when `path` is there, whoever made it and
 * however late. Needs a file system with hard links.
 */
export async function createFileDurably(path: string, bytes: Uint8Array, mode = 0o644): Promise<void> {
  const temporary = await writeTemporary(dirname(path), bytes, mode);
  try {
    await link(temporary, path);
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
    throw new AiBlockError("file_exists", `path: expected no file at ${path}, got one`, { path }, { cause: error });
  } finally {
    await rm(temporary, { force: true });
  }
  await syncFolder(dirname(path));
}

/** A new temporary file in `folder` with `bytes`, synced; removed again on an error. */
async function writeTemporary(folder: string, bytes: Uint8Array, mode: number): Promise<string> {
  const temporary = temporaryPath(folder);
  const handle = await open(temporary, "wx", mode);
  try {
    try {
      await writeFully(handle, bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return temporary;
}
