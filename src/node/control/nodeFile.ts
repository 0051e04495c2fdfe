/**
 * The file in the data folder that says where the running node can be reached: `node.json`, readable by its owner only.
 * It is written whole or not at all, and removed at the end; one that a killed node left is found out by asking it.
 */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { utf8 } from "../../core/bytes.ts";
import { writeFileDurably } from "../../core/durableFile.ts";
import { errorCode } from "../../core/errors.ts";

const schema = z.strictObject({
  version: z.literal(1),
  pid: z.int().positive(),
  /** Port of the loopback interface on which the node takes commands. */
  controlPort: z.int().min(1).max(65_535),
  /** Whoever can read the file may give commands: 64 hex digits. */
  token: z.string().regex(/^[0-9a-f]{64}$/),
  url: z.string().max(512),
  startedMs: z.int(),
});

export type NodeFile = z.infer<typeof schema>;

export function nodeFilePath(dataDir: string): string {
  return join(dataDir, "node.json");
}

export async function writeNodeFile(dataDir: string, file: NodeFile): Promise<void> {
  await writeFileDurably(nodeFilePath(dataDir), utf8(`${JSON.stringify(file, null, 2)}\n`), 0o600);
}

/** `undefined` when there is none, or none that can be read. */
export async function readNodeFile(dataDir: string): Promise<NodeFile | undefined> {
  try {
    const result = schema.safeParse(JSON.parse(await readFile(nodeFilePath(dataDir), "utf8")));
    return result.success ? result.data : undefined;
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR" || error instanceof SyntaxError)
      return undefined;
    throw error;
  }
}

/** Unless it is another node's, which has taken over the folder since. */
export async function removeNodeFile(dataDir: string, token: string): Promise<void> {
  if ((await readNodeFile(dataDir))?.token === token) await rm(nodeFilePath(dataDir), { force: true });
}
