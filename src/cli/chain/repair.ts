/** `ai-block chain repair`: rebuilds the indexes from the blocks that are good. */
import * as z from "zod";
import { repairChain } from "../../chain/audit/repair.ts";
import { AiBlockError } from "../../core/errors.ts";
import { printable } from "../../core/printable.ts";
import { defineCommand } from "../framework/command.ts";
import type { CommandContext } from "../framework/context.ts";
import { countOf } from "../framework/format.ts";
import { countJson, hashJson } from "../framework/json.ts";
import { switchOption } from "../framework/option.ts";
import { canAsk, confirm } from "../framework/prompt.ts";
import { jsonOption, progressOption } from "../framework/sharedOptions.ts";
import { usageError } from "../framework/usageError.ts";
import { findingJson, toFindingJson } from "./findingJson.ts";
import { chainFolder, whileNoNodeRuns } from "./openChain.ts";

const schema = z.strictObject({
  blocks: countJson.meta({ description: "in the repaired chain" }),
  oldIndex: z.string().meta({ description: "folder with the index as it was" }),
  quarantined: z.array(hashJson).meta({ description: "damaged payloads, moved out of the way" }),
  findings: z.array(findingJson),
});

export const command = defineCommand({
  description:
    "Rebuilds all indexes from the headers that are good, and moves damaged payloads to payloads/quarantine, so that " +
    "they can be fetched again. Without its manifest no block of a model can be checked: the repair then stops and changes " +
    'nothing, until the manifest is back ("ai-block init" with the same manifest file stores it again). Blocks that fail a check are not taken over. The old index stays beside the new one until ' +
    "you remove it. A repair that is cut off changes nothing: run it again.",
  arguments: {},
  options: {
    yes: switchOption("Do not ask.", "y"),
    dropModelsWithoutManifest: switchOption(
      "Give up the models whose manifest is missing or damaged, with all their blocks.",
    ),
    json: jsonOption,
    progress: progressOption,
  },
  settings: ["dataDir"],
  examples: [
    { command: "chain repair", meaning: "Asks, then repairs." },
    { command: "chain repair --yes", meaning: "For a script." },
  ],
  exits: ["config", "locked", "diskFull", "interrupted"],
  json: schema,
  async run(context, { options }) {
    const folder = chainFolder(context);
    if (!options.yes) await askFirst(context, folder);
    const report = await context.withProgress(options.progress, (progress) =>
      whileNoNodeRuns(context, () =>
        repairChain(folder, {
          signal: context.signal,
          dropModelsWithoutManifest: options.dropModelsWithoutManifest,
          onProgress: (done, total) => progress.update("blocks", done, total, "blocks"),
        }),
      ),
    );
    const { blocks, oldIndex, quarantined } = report;
    if (options.json) {
      const findings = report.findings.map(toFindingJson);
      context.out.json({ blocks, oldIndex, quarantined: [...quarantined], findings } satisfies z.infer<typeof schema>);
    } else {
      for (const { code, message } of report.findings) context.print(`${code}: ${printable(message)}`);
    }
    context.note(
      `The chain has ${countOf(blocks, "block")} now. ${countOf(report.findings.length, "finding")}, ` +
        `${countOf(quarantined.length, "payload")} moved to quarantine. The old index is ${oldIndex}; remove it when all is well.`,
    );
    return undefined;
  },
});

async function askFirst({ signal }: CommandContext, folder: string): Promise<void> {
  if (!canAsk()) throw usageError("chain repair: expected --yes, since there is no terminal to ask on");
  if (await confirm(`Rebuild the chain in ${folder}?`, signal)) return;
  throw new AiBlockError("not_confirmed", "chain repair: expected yes, got another answer; nothing was changed");
}
