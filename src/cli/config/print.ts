/** `ai-block config print`: every setting, its value, and the source that it comes from. Secrets are masked. */
import * as z from "zod";
import { printConfig } from "../../core/config/print.ts";
import { printable } from "../../core/printable.ts";
import { defineCommand } from "../framework/command.ts";
import { jsonOption } from "../framework/sharedOptions.ts";
import { alignColumns } from "../framework/table.ts";

const schema = z.array(
  z.strictObject({
    key: z.string().meta({ description: "path in the configuration file" }),
    value: z.unknown().meta({ description: "null when it is not set; a secret is masked" }),
    source: z.strictObject({
      kind: z.enum(["flag", "environment", "file", "default"]),
      name: z.string().meta({ description: "the flag, the variable or the file" }),
    }),
    flag: z.string(),
    variable: z.string(),
    description: z.string(),
  }),
);

export const command = defineCommand({
  description:
    "Shows every setting with its value and the source that it comes from: a flag, a variable, the configuration file " +
    "or the default. Secrets are masked. What the settings mean stands in docs/configuration.md.",
  arguments: {},
  options: { json: jsonOption },
  settings: [],
  examples: [
    { command: "config print", meaning: "What would a command use here?" },
    { command: "config print --http-port 8001", meaning: "With a flag, as other commands would take it." },
  ],
  exits: ["config"],
  json: schema,
  async run(context, { options }) {
    const printed: z.infer<typeof schema> = printConfig(context.resolved);
    if (options.json) {
      context.out.json(printed);
      return undefined;
    }
    const rows = printed.map(({ key, value, source }) => [
      key,
      value === null ? context.paint("dim", "not set") : printable(String(value)),
      context.paint("dim", source.kind === "default" ? "default" : `${source.kind} ${printable(source.name)}`),
    ]);
    for (const line of alignColumns([["KEY", "VALUE", "SOURCE"], ...rows])) context.print(line);
    return undefined;
  },
});
