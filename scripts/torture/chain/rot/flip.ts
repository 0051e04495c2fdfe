/** Flips one random bit of one random file of a closed store. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Random } from "../../../support/random.ts";

export interface Site {
  /** Below the folder of the chain. */
  readonly file: string;
  readonly bit: number;
}

/** LevelDB's own diary and its lock hold nothing that anybody reads. */
const UNREAD = /^(LOG|LOG\.old|LOCK)$/;

/** Each kind of file gets its share, however small it is. */
export async function flipRandomBit(folder: string, random: Random): Promise<Site> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !UNREAD.test(entry.name));
  const kinds = Map.groupBy(files, ({ name }) => kindOf(name));
  for (;;) {
    const entry = random.pick(random.pick([...kinds.values()]));
    const path = join(entry.parentPath, entry.name);
    const bytes = await readFile(path);
    if (bytes.length === 0) continue;
    const bit = random.below(8 * bytes.length);
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    await writeFile(path, bytes);
    return { file: relative(folder, path), bit };
  }
}

/** What kind of file it is: "table" stands twice as often as LevelDB's other files, since it holds the most. */
function kindOf(name: string): string {
  if (name.endsWith(".ldb")) return `table ${name.charCodeAt(name.length - 5) % 2}`;
  if (name.endsWith(".log")) return "log";
  if (name.endsWith(".chunks")) return "chunk list";
  return name.startsWith("MANIFEST") ? "manifest" : name === "CURRENT" ? "current" : "payload";
}
