/** `ai-block stop`: asks the running node to shut down, and waits until it has. */
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { AiBlockError } from "../core/errors.ts";
import { findRunningNode, stopNode } from "../node/control/controlClient.ts";
import { defineCommand } from "./framework/command.ts";
import { jsonOption } from "./framework/sharedOptions.ts";

const schema = z.strictObject({ pid: z.int(), stopped: z.boolean() });

/** A node lets answers finish for 8 s and ends itself after 15. */
const TIMEOUT_MS = 20_000;
const POLL_MS = 100;

export const command = defineCommand({
  description:
    "Stops the node that runs on the data folder: it takes no new requests, lets running answers finish for 8 seconds at " +
    "most, and ends. The command returns when it has ended.",
  arguments: {},
  options: { json: jsonOption },
  settings: ["dataDir"],
  examples: [{ command: "stop", meaning: "Stop the node of this data folder." }],
  exits: ["config", "notRunning", "interrupted"],
  json: schema,
  async run(context, { options }) {
    const { dataDir } = context.config;
    const { pid } = await stopNode(dataDir);
    const deadline = performance.now() + TIMEOUT_MS;
    while ((await findRunningNode(dataDir))?.pid === pid) {
      if (performance.now() > deadline) {
        throw new AiBlockError("stop_timeout", `the node (process ${pid}) has not ended within ${TIMEOUT_MS / 1000} s`);
      }
      await sleep(POLL_MS, undefined, { signal: context.signal });
    }
    const result: z.infer<typeof schema> = { pid, stopped: true };
    if (options.json) context.out.json(result);
    else context.print(`the node (process ${pid}) has stopped`);
    return undefined;
  },
});
