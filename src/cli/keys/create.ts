/** `ai-block keys create`: makes an API key and shows it once. */
import * as z from "zod";
import { SCOPES, type Scope } from "../../api/keys/apiKey.ts";
import { excerpt } from "../../core/bytes.ts";
import { systemClock } from "../../core/clock.ts";
import { didYouMean } from "../../core/nearest.ts";
import { addApiKey, apiKeyFolder, MAX_NAME_LENGTH, readApiKeys } from "../../node/apiKeys/apiKeyFolder.ts";
import { defineCommand } from "../framework/command.ts";
import type { CliOption } from "../framework/option.ts";
import { jsonOption } from "../framework/sharedOptions.ts";
import { usageError } from "../framework/usageError.ts";

const schema = z.strictObject({
  key: z.string().meta({ description: "shown here and never again" }),
  id: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  folder: z.string(),
});

const scopesOption: CliOption<readonly Scope[], readonly Scope[]> = {
  description:
    "What it opens, with commas between: chat (answers), upload (blocks and payloads), admin (rewards and nodes). " +
    "Reading takes any key.",
  value: "list",
  fallback: ["chat"],
  fallbackText: "chat",
  parse: (text, name) => [...new Set(text.split(",").map((word) => scopeOf(word.trim(), name)))],
};

/** A label without line breaks and control characters: it is printed again. */
function labelOption(description: string, value: string): CliOption<string> {
  return {
    description,
    value,
    fallback: undefined,
    parse: (text, name) => {
      if (text.length >= 1 && text.length <= MAX_NAME_LENGTH && !/\p{C}/u.test(text)) return text;
      throw usageError(`${name}: expected 1 to ${MAX_NAME_LENGTH} printable characters, got ${excerpt(text)}`);
    },
  };
}

export const command = defineCommand({
  description:
    "Makes an API key and prints it, this once: the node keeps its hash only. From the first key on, everybody who asks " +
    "the node over HTTP needs one, the chat page too. A running node takes the key within two seconds.",
  arguments: {},
  options: {
    scopes: scopesOption,
    name: labelOption("What it is for, for the list.", "text"),
    account: labelOption("Whom its use counts for: keys of one account share its limits.", "name"),
    json: jsonOption,
  },
  settings: ["dataDir", "http.apiKeys"],
  examples: [
    { command: "keys create --name laptop", meaning: "A key for chatting." },
    { command: "keys create --scopes chat,upload --name miner", meaning: "A key for a miner." },
  ],
  exits: ["config", "diskFull"],
  json: schema,
  async run(context, { options }) {
    const folder = apiKeyFolder(context.config);
    const isFirst = (await readApiKeys(folder)) === undefined;
    const { scopes, name, account } = options;
    const { text, entry } = await addApiKey(folder, { scopes, name, account, nowMs: systemClock.nowMs() });
    if (isFirst) context.note("This is the first key: from now on the node asks everybody for one.");
    context.note(`Copy the key now: it is not shown again. Revoke it with: ai-block keys revoke ${entry.id}`);
    if (options.json) {
      const result: z.infer<typeof schema> = { key: text, id: entry.id, scopes: [...entry.scopes], folder };
      context.out.json(result);
    } else context.print(text);
    return undefined;
  },
});

function scopeOf(word: string, name: string): Scope {
  const found = SCOPES.find((scope) => scope === word);
  if (found !== undefined) return found;
  throw usageError(`${name}: expected ${SCOPES.join(", ")}, got ${excerpt(word)}${didYouMean(word, SCOPES)}`);
}
