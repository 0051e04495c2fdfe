/** What a store takes: bytes of its files, time to open it after a crash, heap while it is open. */
import { cp, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

export async function bytesOf(folder: string): Promise<number> {
  return (await filesOf(folder)).reduce((sum, [, bytes]) => sum + bytes, 0);
}

/**
 * Milliseconds that `open` takes on a copy of `folder`. While nothing is written to a store that is open, its files are
 * those that a killed process leaves: the log is as long as it got, and nothing says that the store was closed.
 */
export async function openAfterCrashMs(
  folder: string,
  open: (folder: string) => Promise<{ close(): Promise<void> }>,
): Promise<number> {
  const copy = await copyWhole(folder);
  try {
    const began = performance.now();
    const store = await open(copy);
    const tookMs = performance.now() - began;
    await store.close();
    return tookMs;
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

/** LevelDB may still be tidying up behind the last write: a copy counts when no file has changed meanwhile. */
async function copyWhole(folder: string): Promise<string> {
  for (let tries = 0; tries < 100; tries++) {
    const copy = await mkdtemp(join(tmpdir(), "ai-block-crashed-"));
    const before = await filesOf(folder);
    const copied = await cp(folder, copy, { recursive: true }).then(
      () => true,
      () => false,
    );
    if (copied && isDeepStrictEqual(before, await filesOf(folder))) return copy;
    await rm(copy, { recursive: true, force: true });
    await sleep(200);
  }
  throw new Error(`${folder}: expected files that do not change`);
}

/** Name, bytes and time of the last change. */
async function filesOf(folder: string): Promise<[name: string, bytes: number, changedMs: number][]> {
  const files: [string, number, number][] = [];
  for (const name of (await readdir(folder)).sort()) {
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found !== undefined) files.push([name, found.size, found.mtimeMs]);
  }
  return files;
}

/** Bytes of the JavaScript heap that are in use after a full collection. */
export function liveHeapBytes(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}
