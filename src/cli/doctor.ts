/** `ai-block doctor`: checks what a node needs, one line each. */
import * as z from "zod";
import { runChecks } from "./doctor/checks.ts";
import { defineCommand } from "./framework/command.ts";
import { EXIT } from "./framework/exitCodes.ts";
import { jsonOption } from "./framework/sharedOptions.ts";
import { alignColumns } from "./framework/table.ts";

const schema = z.strictObject({
  ok: z.boolean(),
  checks: z.array(
    z.strictObject({
      name: z.string(),
      result: z.enum(["ok", "warning", "failed"]),
      detail: z.string(),
    }),
  ),
});

const COLORS = { ok: "green", warning: "yellow", failed: "red" } as const;

export const command = defineCommand({
  description:
    "Checks what a node needs on this machine: Node's version, disk, memory, what can compute, the data folder, the key, the " +
    "port, who may use it, the chain, and whether there is a model. Changes nothing, and makes nothing but the data folder.",
  arguments: {},
  options: { json: jsonOption },
  settings: ["dataDir", "keyFile", "http.host", "http.port", "http.apiKeys", "http.insecure", "modelFolder"],
  examples: [{ command: "doctor", meaning: "Before the first start, or when something is wrong." }],
  exits: ["config"],
  json: schema,
  async run(context, { options }) {
    const checks = await runChecks(context.config);
    const ok = checks.every(({ result }) => result !== "failed");
    const report: z.infer<typeof schema> = { ok, checks };
    if (options.json) context.out.json(report);
    else {
      const rows = checks.map(({ name, result, detail }) => [context.paint(COLORS[result], result), name, detail]);
      for (const line of alignColumns(rows)) context.print(line);
    }
    return ok ? undefined : EXIT.failed;
  },
});
