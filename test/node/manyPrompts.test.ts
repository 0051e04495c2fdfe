import { join } from "node:path";
import { resolveConfig } from "../../src/core/config/resolve.ts";
import { startNode } from "../../src/node.ts";
import { checkpointFolder, silentLog, withFolder } from "./support.ts";

const MAX_WAITING = 400;

test("prompts that come in the same moment wait for the tokenizer, as many as chat.maxWaiting says; more are told to come back", () =>
  withFolder(async (folder) => {
    const flags = {
      dataDir: join(folder, "data"),
      keyFile: join(folder, "keys", "author.json"),
      httpPort: "0",
      modelFolder: await checkpointFolder(folder),
      chatMaxWaiting: String(MAX_WAITING),
    };
    const node = await startNode({
      config: resolveConfig({ flags }).config,
      version: "0.0.0-test",
      logger: silentLog(),
      signal: new AbortController().signal,
      minFreeBytes: 0,
    });
    try {
      const { chat } = node.services;
      const asked = Array.from({ length: MAX_WAITING + 50 }, () => chat.prepare({ input: { prompt: "Hello" } }));
      const outcomes = await Promise.allSettled(asked);
      const prepared = outcomes.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
      const refused = outcomes.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []));
      for (const one of prepared) one.release();
      expect(prepared.length).toBe(MAX_WAITING);
      expect(refused.length).toBe(50);
      for (const reason of refused) {
        expect(reason).toMatchObject({ code: "overloaded", data: { retryAfterMs: expect.any(Number) } });
      }
      const again = await chat.prepare({ input: { prompt: "Hello" } });
      again.release();
    } finally {
      await node.close(0);
    }
  }));
