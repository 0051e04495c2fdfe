/** Files of npm packages that the pages use: a fixed table, nothing else below node_modules is reachable. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { AiBlockError } from "../../core/errors.ts";

/** Address below `/vendor/` to the file's path below node_modules. */
export const VENDOR_FILES: ReadonlyMap<string, string> = new Map([
  ["marked.js", "marked/lib/marked.esm.js"],
  ["dompurify.js", "dompurify/dist/purify.es.mjs"],
  ["noble-ed25519.js", "@noble/ed25519/index.js"],
  ["noble-hashes/sha2.js", "@noble/hashes/sha2.js"],
  ["noble-hashes/_md.js", "@noble/hashes/_md.js"],
  ["noble-hashes/_u64.js", "@noble/hashes/_u64.js"],
  ["noble-hashes/utils.js", "@noble/hashes/utils.js"],
  ["inter.woff2", "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2"],
]);

/** The file's path, in the nearest node_modules that has it. Throws `vendor_file_missing`. */
export function findVendorFile(path: string): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const file = join(folder, "node_modules", path);
    if (existsSync(file)) return file;
    if (dirname(folder) === folder) break;
  }
  throw new AiBlockError("vendor_file_missing", `node_modules: expected ${path} in it; run npm ci`);
}
