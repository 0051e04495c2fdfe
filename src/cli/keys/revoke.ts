/** `ai-block keys revoke`: a key opens nothing any more. */
import * as z from "zod";
import { apiKeyFolder, readApiKeys, revokeApiKey } from "../../node/apiKeys/apiKeyFolder.ts";
import { defineCommand } from "../framework/command.ts";
import { requiredArgument } from "../framework/option.ts";
import { jsonOption } from "../framework/sharedOptions.ts";
import { noKeyLeft } from "./list.ts";

const schema = z.strictObject({ id: z.string(), revoked: z.boolean() });

export const command = defineCommand({
  description:
    "Revokes an API key. A running node refuses it within two seconds; an answer that has begun is finished. Without any key " +
    "left the node goes on asking for one, so that revoking the last one opens nothing.",
  arguments: { id: requiredArgument('Id of the key, as "ai-block keys list" shows it.') },
  options: { json: jsonOption },
  settings: ["dataDir", "http.apiKeys"],
  examples: [{ command: "keys revoke 3fa9c27e01b4d865", meaning: "This key opens nothing any more." }],
  exits: ["config"],
  json: schema,
  async run(context, { arguments: { id }, options }) {
    const folder = apiKeyFolder(context.config);
    await revokeApiKey(folder, id);
    if (options.json) context.out.json({ id, revoked: true } satisfies z.infer<typeof schema>);
    else context.print(`${id} is revoked`);
    if ((await readApiKeys(folder))?.entries.length === 0) context.note(noKeyLeft(folder));
    return undefined;
  },
});
