/** `ai-block chain export`: writes blocks, with the payloads that they need, to one file. */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import * as z from "zod";
import { MAX_HEIGHT } from "../../chain/limits.ts";
import { exportChain } from "../../chain/transfer/exportChain.ts";
import { AiBlockError, errorCode } from "../../core/errors.ts";
import { defineCommand } from "../framework/command.ts";
import { countOf, formatBytes } from "../framework/format.ts";
import { countJson } from "../framework/json.ts";
import { choiceOption, integerOption, requiredArgument, switchOption, withDefault } from "../framework/option.ts";
import { jsonOption, progressOption } from "../framework/sharedOptions.ts";
import { findModel, modelOption } from "./findModel.ts";
import { withExistingChain } from "./openChain.ts";

const schema = z.strictObject({
  file: z.string(),
  blocks: countJson,
  payloads: countJson,
  payloadsLeftOut: countJson,
  bytes: countJson,
});

export const command = defineCommand({
  description:
    "Writes blocks to one file, in an order in which they can be imported. Manifests go with them, since nothing can be " +
    "imported without; --payloads all adds every payload that is stored here. The file appears under its name when it is " +
    "complete. Blocks outside the range that others build on are not added: who imports the file must have them.",
  arguments: { file: requiredArgument("File to write.") },
  options: {
    model: modelOption,
    fromHeight: integerOption("Only blocks from this height on.", 0, MAX_HEIGHT),
    toHeight: integerOption("Only blocks up to this height.", 0, MAX_HEIGHT),
    payloads: withDefault(choiceOption("Payloads to add.", "which", ["manifests", "all"]), "manifests"),
    force: switchOption("Replace an existing file."),
    json: jsonOption,
    progress: progressOption,
  },
  settings: ["dataDir"],
  examples: [
    { command: "chain export chain.aiblock", meaning: "All headers and manifests." },
    { command: "chain export model.aiblock --model olmoe --payloads all", meaning: "One model with its weights." },
  ],
  exits: ["config", "verification", "locked", "diskFull", "interrupted"],
  json: schema,
  async run(context, { arguments: args, options }) {
    const file = resolve(args.file);
    if (!options.force && (await isThere(file))) {
      throw new AiBlockError("file_exists", `${file}: expected no file, got one; --force replaces it`, { file });
    }
    const { fromHeight, toHeight } = options;
    const report = await context.withProgress(options.progress, (progress) =>
      withExistingChain(context, (chain) =>
        exportChain(chain, file, {
          range: {
            ...(options.model !== undefined && { model: findModel(chain, options.model).id }),
            ...(fromHeight !== undefined && { fromHeight }),
            ...(toHeight !== undefined && { toHeight }),
          },
          payloads: options.payloads,
          signal: context.signal,
          onProgress: (blocks) => progress.update("export", blocks, undefined, "blocks"),
        }),
      ),
    );
    const { blocks, payloads, payloadsLeftOut, bytes } = report;
    if (options.json) {
      context.out.json({ file, blocks, payloads, payloadsLeftOut, bytes } satisfies z.infer<typeof schema>);
    } else {
      context.print(`${countOf(blocks, "block")}, ${countOf(payloads, "payload")}, ${formatBytes(bytes)}`);
      if (payloadsLeftOut > 0) {
        context.print(`${countOf(payloadsLeftOut, "payload")} left out; --payloads all writes them`);
      }
    }
    if (blocks === 0) context.warn("the file holds no blocks: the range has none");
    return undefined;
  },
});

async function isThere(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}
