/** `ai-block status`: what the running node says of itself. */
import * as z from "zod";
import type { NodeHealth } from "../api/services/node.ts";
import { nodeStatus } from "../node/control/controlClient.ts";
import { defineCommand } from "./framework/command.ts";
import { countOf, formatBytes, formatDuration } from "./framework/format.ts";
import { jsonOption } from "./framework/sharedOptions.ts";
import { alignColumns } from "./framework/table.ts";

const schema = z.strictObject({
  pid: z.int(),
  url: z.string(),
  peerId: z.string(),
  addresses: z.array(z.string()),
  health: z.record(z.string(), z.unknown()).meta({ description: "as GET /health gives it, in camel case" }),
  models: z.array(z.record(z.string(), z.unknown())),
  load: z.strictObject({ running: z.int(), waiting: z.int() }),
  chain: z.strictObject({ blocks: z.record(z.string(), z.int()), tips: z.int(), orphans: z.int() }),
});

export const command = defineCommand({
  description: "Shows how the node that runs on the data folder does: state, model, speed, load, chain.",
  arguments: {},
  options: { json: jsonOption },
  settings: ["dataDir"],
  examples: [
    { command: "status", meaning: "For people." },
    { command: "status --json", meaning: "For a script." },
  ],
  exits: ["config", "notRunning"],
  json: schema,
  async run(context, { options }) {
    const { file, status } = await nodeStatus(context.config.dataDir);
    const result = schema.parse({ pid: file.pid, ...(status as object) });
    if (options.json) {
      context.out.json(result);
      return undefined;
    }
    const health = result.health as unknown as NodeHealth;
    const { status: state, reason, startedMs, tokensPerSecond, tokensGenerated, freeDiskBytes } = health;
    const blocks = Object.values(result.chain.blocks).reduce((sum, count) => sum + count, 0);
    const rows = [
      ["state", reason === "" ? state : `${state}: ${reason}`],
      ["chat", `${result.url}/`],
      ["API", `${result.url}/v1`],
      ["peer id", result.peerId],
      ["process", `${result.pid}, running for ${formatDuration(Math.max(0, Date.now() - startedMs))}`],
      ...result.models.map(({ id, stateRoot }) => ["model", `${String(id)}, state root ${String(stateRoot)}`]),
      ["answers", `${result.load.running} running, ${result.load.waiting} waiting`],
      [
        "speed",
        `${tokensPerSecond === null ? "nothing in the last minute" : `${tokensPerSecond.toFixed(1)} tokens/s`}, ` +
          `${countOf(tokensGenerated, "token")} since the start`,
      ],
      ["chain", `${countOf(blocks, "block")}, ${countOf(result.chain.tips, "tip")}`],
      ["disk", freeDiskBytes === null ? "unknown" : `${formatBytes(freeDiskBytes)} free`],
    ];
    for (const line of alignColumns(rows)) context.print(line);
    return undefined;
  },
});
