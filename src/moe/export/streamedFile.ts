/** Large files written piece by piece, and durably: under a temporary name, flushed, then renamed. */
import { access, open, rename, rm } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { syncFolder, temporaryPath, writeFully } from "../../core/durableFile.ts";
import { formatError } from "../formats/errors.ts";

/** Appends `bytes` to the file. */
export type Write = (bytes: Uint8Array) => Promise<void>;

/**
 * Creates `path` with what `produce` writes; on an error nothing is left behind and an older file stays as it was.
 * `produce` must write exactly `expectedBytes`. Throws what `produce` throws.
 */
export async function writeStreamed(
  path: string,
  expectedBytes: number,
  produce: (write: Write) => Promise<void>,
): Promise<void> {
  const temporary = temporaryPath(dirname(path));
  const handle = await open(temporary, "wx", 0o644);
  try {
    let written = 0;
    try {
      await produce(async (bytes) => {
        await writeFully(handle, bytes);
        written += bytes.length;
      });
      if (written !== expectedBytes) {
        const reason = `expected ${expectedBytes} bytes to be written, got ${written}`;
        throw formatError("tensor_size_mismatch", `${basename(path)}: ${reason}`, { expectedBytes, written });
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Throws `target_exists` if there is something at one of `paths`. */
export async function refuseExisting(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const exists = await access(path).then(
      () => true,
      () => false,
    );
    if (exists) throw formatError("target_exists", `${basename(path)}: is there already; it is not replaced`, { path });
  }
}
