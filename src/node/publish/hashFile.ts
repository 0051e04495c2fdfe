/** The payload root of a file, read once from one descriptor: a regular file that does not change meanwhile. */
import { ChunkHasher, payloadRoot } from "../../chain/payload/chunkList.ts";
import { openFile } from "../../moe/formats/byteSource.ts";

const READ_BYTES = 2 ** 20;

export interface HashFileOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
}

/** Links are followed: the user named the path. Throws what `openFile` and its reads throw, and the signal's reason. */
export async function hashFile(
  path: string,
  { signal, onProgress }: HashFileOptions,
): Promise<{ readonly root: Uint8Array; readonly bytes: number }> {
  const file = await openFile(path, { followLinks: true });
  try {
    const total = file.byteLength;
    const hasher = new ChunkHasher();
    for (let at = 0; at < total; at += READ_BYTES) {
      hasher.update(await file.read(at, Math.min(READ_BYTES, total - at), signal));
      onProgress?.(Math.min(at + READ_BYTES, total), total);
    }
    const list = hasher.finish();
    return { root: payloadRoot(list), bytes: list.bytes };
  } finally {
    await file.close();
  }
}
