/** Starts a whole node, with its HTTP server on a free port, for one test. */
import { join } from "node:path";
import { resolveConfig } from "../../src/core/config/resolve.ts";
import type { NodeOptions } from "../../src/node/nodeOptions.ts";
import { type RunningNode, startNode } from "../../src/node.ts";
import { checkpointFolder, silentLog, withFolder } from "./support.ts";

export interface Place {
  readonly folder: string;
  /** Folder or file. Without one the node looks for the demo model, then on its chain. */
  readonly checkpoint: string | undefined;
  readonly data: string;
}

/** A fresh folder with the tiny checkpoint in it. */
export function withPlace<T>(use: (place: Place) => Promise<T>): Promise<T> {
  return withFolder(async (folder) =>
    use({ folder, checkpoint: await checkpointFolder(folder), data: join(folder, "data") }),
  );
}

/** `flags`: further settings by their names, such as `chatMaxWaiting`. */
export function nodeOptions({ folder, checkpoint, data }: Place, flags: Record<string, string> = {}): NodeOptions {
  const all = { dataDir: data, keyFile: join(folder, "keys", "author.json"), httpPort: "0" };
  const model = checkpoint === undefined ? {} : { modelFolder: checkpoint };
  return {
    config: resolveConfig({ flags: { ...all, ...model, ...flags } }).config,
    version: "0.0.0-test",
    logger: silentLog(),
    signal: new AbortController().signal,
    demoFolder: join(folder, "no-demo"),
    minFreeBytes: 0,
  };
}

export async function withNode<T>(options: NodeOptions, use: (node: RunningNode) => Promise<T>): Promise<T> {
  const node = await startNode(options);
  try {
    return await use(node);
  } finally {
    await node.close(0);
  }
}

/** A node with the tiny checkpoint, in a folder of its own. */
export function withTinyNode<T>(
  use: (node: RunningNode) => Promise<T>,
  flags: Record<string, string> = {},
): Promise<T> {
  return withPlace((place) => withNode(nodeOptions(place, flags), use));
}
