/** `ai-block chain show`: everything about one block. */
import { defineCommand } from "../framework/command.ts";
import { requiredArgument } from "../framework/option.ts";
import { jsonOption } from "../framework/sharedOptions.ts";
import { findBlock } from "./findBlock.ts";
import { withExistingChain } from "./openChain.ts";
import { showJson, toShowJson } from "./showJson.ts";
import { showLines } from "./showText.ts";

export const command = defineCommand({
  description:
    "Shows everything about one block: its header, whether its signature is valid, the verdict of all checks run again, " +
    "its parents and children, the state of a version with its votes, whether the payload is stored here, and for a " +
    "meta block a summary of the manifest. The first digits of the id are enough; when several blocks begin with them, " +
    "they are listed.",
  arguments: { hash: requiredArgument("The block's id, or its first 4 digits or more.") },
  options: { json: jsonOption },
  settings: ["dataDir"],
  examples: [
    { command: "chain show 1f3a9c", meaning: "By the first digits of its id." },
    { command: "chain show 1f3a9c --json", meaning: "For a program." },
  ],
  exits: ["config", "verification", "locked"],
  json: showJson,
  async run(context, { arguments: { hash }, options }) {
    const shown = await withExistingChain(context, async (chain) => toShowJson(chain, await findBlock(chain, hash)));
    if (options.json) context.out.json(shown);
    else for (const line of showLines(context, shown)) context.print(line);
    return undefined;
  },
});
