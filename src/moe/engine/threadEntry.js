/**
 * Where a computing thread begins: takes up code that earlier runs compiled, then loads the rest.
 *
 * Arguments of the thread: the folder of compiled code, or "", then the addresses of modules, which are loaded one after
 * the other; the last one may never return.
 *
 * JavaScript, because types have to be stripped from whatever is loaded before the folder is known. The stripper is a
 * WebAssembly module of its own: measured, 50 ms of the 200 ms that a thread takes until its code is loaded.
 */
import { enableCompileCache, flushCompileCache } from "node:module";

const [folder, ...modules] = process.argv.slice(2);
// Node ignores what does not fit its version or the module's text.
if (folder) enableCompileCache(folder);
for (const module of modules) {
  await import(module);
  // Writes what was compiled for the first time: blocks this thread for about 20 ms if there is anything to write.
  flushCompileCache();
}
