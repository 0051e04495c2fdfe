/** A whole node with the tiny model, in a folder of its own, and a browser. */
import type { RunningNode } from "../../../../src/node.ts";
import { nodeOptions, withNode, withPlace } from "../../../node/wholeNode.ts";
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
  return withPlace(async (place) => {
    await prepare?.(place.data);
    const browser = new TestBrowser();
    await withNode(nodeOptions(place, { httpFrontend: FRONTEND }), async (node) => {
      try {
        await browser.open();
        await use(node, browser);
      } finally {
        await browser.close();
      }
    });
  });
}
