/** The project's own files, for tests about the whole tree. */
import { readdirSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** What others made, or a running node wrote. */
const SKIPPED = new Set(["node_modules", ".git", "data/node", "bench-results", "coverage"]);

/** Paths below the root of all files in `folder` ("" for everything), with `/` between the parts. */
export function listFiles(folder = ""): string[] {
  const entries = readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: false });
  return entries.flatMap((entry) => {
    const path = relative(ROOT, join(ROOT, folder, entry.name))
      .split(sep)
      .join("/");
    if (SKIPPED.has(path)) return [];
    if (entry.isDirectory()) return listFiles(path);
    return entry.isFile() ? [path] : [];
  });
}
