/**
 * Compiled code that outlives the process. Every computing thread loads its own copy of some hundred modules: measured,
 * 250 ms of processor time for each thread without this and 50 ms with it, a good part of what an engine takes to start.
 *
 * Lies in the folder for prepared weights: code that is run must not come from a folder where others can write.
 */
import { enableCompileCache, flushCompileCache } from "node:module";
import { join } from "node:path";
import { errorCode } from "../../core/errors.ts";
import { makeFolderSync } from "../../core/makeFolder.ts";

/** Call before the modules are loaded. Node ignores what does not fit its version or the module's text. */
export function useCompileCache(cacheFolder: string | undefined): void {
  if (cacheFolder === undefined) return;
  const folder = join(cacheFolder, "compiled");
  try {
    // Node would try for ever where the system has no folders to make.
    makeFolderSync(folder);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return;
  }
  enableCompileCache(folder);
}

/** Writes what was compiled for the first time. Blocks this thread, for about 20 ms if there is anything to write. */
export function keepCompiled(): void {
  flushCompileCache();
}
