/** A whole node with the tiny model, in a folder of its own, and a browser. */
import { join } from "node:path";
import { resolveConfig } from "../../../../src/core/config/resolve.ts";
import { type RunningNode, startNode } from "../../../../src/node.ts";
import { checkpointFolder, silentLog, withFolder } from "../../../node/support.ts";
import { TestBrowser } from "./browser.ts";
import { FRONTEND } from "./pageServer.ts";

export interface WholeNodeOptions {
  /** Runs before the node starts, with its data folder. */
  readonly prepare?: (dataDir: string) => Promise<void>;
}

export function withWholeNode(
  use: (node: RunningNode, browser: TestBrowser) => Promise<void>,
  { prepare }: WholeNodeOptions = {},
): Promise<void> {
  return withFolder(async (folder) => {
    const flags = {
      dataDir: join(folder, "data"),
      keyFile: join(folder, "keys", "author.json"),
      httpPort: "0",
      httpFrontend: FRONTEND,
      modelFolder: await checkpointFolder(folder),
    };
    await prepare?.(flags.dataDir);
    const { config } = resolveConfig({ flags });
    const options = {
      config,
      version: "0.0.0-test",
      logger: silentLog(),
      signal: new AbortController().signal,
      minFreeBytes: 0,
    };
    const browser = new TestBrowser();
    const node = await startNode(options);
    try {
      await browser.open();
      await use(node, browser);
    } finally {
      await browser.close();
      await node.close(0);
    }
  });
}
