/** `ai-block keys list`: the API keys of the node, without their secrets. */
import * as z from "zod";
import { SCOPES } from "../../api/keys/apiKey.ts";
import { errorMessage } from "../../core/errors.ts";
import { apiKeyFolder, readApiKeys } from "../../node/apiKeys/apiKeyFolder.ts";
import { readLastUsed } from "../../node/apiKeys/lastUsed.ts";
import { defineCommand } from "../framework/command.ts";
import { formatTime, isoTime } from "../framework/format.ts";
import { timeJson } from "../framework/json.ts";
import { jsonOption, quietOption, requireOneForm } from "../framework/sharedOptions.ts";
import { alignColumns } from "../framework/table.ts";

const schema = z.strictObject({
  keys: z.array(
    z.strictObject({
      id: z.string(),
      name: z.string().nullable(),
      scopes: z.array(z.enum(SCOPES)),
      account: z.string().nullable(),
      created: timeJson,
      lastUsed: timeJson,
    }),
  ),
});

export const command = defineCommand({
  description:
    "Lists the API keys, the oldest first. The id stands in the key itself, between its first and second underscore. When " +
    "a key was last used is written down once a minute.",
  arguments: {},
  options: { json: jsonOption, quiet: quietOption },
  settings: ["dataDir", "http.apiKeys"],
  examples: [{ command: "keys list", meaning: "Who may use the node." }],
  exits: ["config"],
  json: schema,
  async run(context, { options }) {
    requireOneForm(options);
    const { config } = context;
    const folder = apiKeyFolder(config);
    const kept = await readApiKeys(folder);
    const lastUsed = await readLastUsed(config.dataDir);
    for (const problem of kept?.problems ?? []) context.warn(errorMessage(problem));
    const entries = kept?.entries ?? [];
    const time = (timeMs: number | undefined): string | null => (timeMs === undefined ? null : isoTime(timeMs));
    if (options.json) {
      const keys = entries.map(({ id, name, scopes, account, createdMs }) => ({
        id,
        name: name ?? null,
        scopes: [...scopes],
        account: account ?? null,
        created: time(createdMs),
        lastUsed: time(lastUsed.get(id)),
      }));
      context.out.json({ keys } satisfies z.infer<typeof schema>);
    } else if (options.quiet) for (const { id } of entries) context.print(id);
    else if (entries.length > 0) {
      const rows = entries.map(({ id, name, scopes, account, createdMs }) => [
        id,
        scopes.join(",") || "read",
        createdMs === undefined ? "?" : formatTime(createdMs),
        lastUsed.has(id) ? formatTime(lastUsed.get(id) as number) : "never",
        account ?? "-",
        name ?? "-",
      ]);
      const [head, ...lines] = alignColumns([["ID", "SCOPES", "CREATED", "LAST USED", "ACCOUNT", "NAME"], ...rows]);
      context.print(context.paint("bold", head as string));
      for (const line of lines) context.print(line);
    }
    if (kept === undefined) context.note("There are no API keys, and the node asks nobody for one.");
    else if (entries.length === 0) context.note(noKeyLeft(folder));
    return undefined;
  },
});

export function noKeyLeft(folder: string): string {
  return `There is no API key, and the node still asks for one. Remove ${folder} and start the node again to ask nobody.`;
}
