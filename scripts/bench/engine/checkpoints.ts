/** The synthetic checkpoints on disk, made when they are missing: a folder for us, GGUF files for the peer. */
import { mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { exportGguf } from "../../../src/moe/export/gguf/exportGguf.ts";
import { openCheckpoint } from "../../../src/moe/formats/checkpoint.ts";
import { writeSyntheticGguf } from "../synthetic/gguf.ts";
import { writeSyntheticFolder } from "../synthetic/safetensors.ts";
import { configOf, type SyntheticShape } from "../synthetic/shapes.ts";

/** What the peer reads for each of our precisions. */
export const PEER_TYPES = { f32: "f32", f16: "f16", q8: "q8_0", q4: "q4_0" } as const;

export type PeerType = (typeof PEER_TYPES)[keyof typeof PEER_TYPES];

/** The checkpoint as safetensors in float16. */
export function folderOf(root: string, shape: SyntheticShape): Promise<string> {
  return made(join(root, `${shape.name}-f16`), (path) => writeSyntheticFolder(shape, "f16", path));
}

/** The same weights as GGUF, through this project's export. */
export async function exportOf(root: string, shape: SyntheticShape, type: PeerType): Promise<string> {
  const folder = await folderOf(root, shape);
  return made(join(root, `${shape.name}-${type}.gguf`), async (path) => {
    const source = await openCheckpoint(folder);
    try {
      const names = ["tokenizer.json", "tokenizer_config.json", "config.json"];
      const files = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
      const tokenizer = new Map(names.map((name, i) => [name, files[i] as string]));
      await exportGguf(source, configOf(shape, "float16"), tokenizer, path, { type });
    } finally {
      await source.close();
    }
  });
}

/** Weights that would not fit in memory in another form: written as Q4_0 at once. Both sides read this file. */
export function largeGguf(root: string, shape: SyntheticShape): Promise<string> {
  return made(join(root, `${shape.name}-q4_0-direct.gguf`), (path) => writeSyntheticGguf(shape, "q4_0", path));
}

async function made(path: string, make: (path: string) => Promise<void>): Promise<string> {
  if (
    await stat(path).then(
      () => true,
      () => false,
    )
  )
    return path;
  console.error(`engine: making ${path} …`);
  await mkdir(join(path, ".."), { recursive: true });
  const unfinished = `${path}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await make(unfinished);
  await rename(unfinished, path);
  return path;
}
