/** The options of all commands that run a model. */
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { errorCode } from "../../core/errors.ts";
import { makeFolderSync } from "../../core/makeFolder.ts";
import { cacheOptions } from "../../moe/engine/cacheOptions.ts";
import type { EngineOptions } from "../../moe/engine/engine.ts";
import { PRECISIONS } from "../../moe/engine/options.ts";
import type { SlotSource } from "../../moe/slotSource.ts";
import type { CommandContext } from "../framework/context.ts";
import { sentenceOf } from "../framework/errorReport.ts";
import { bytesOption } from "../framework/numberOptions.ts";
import {
  choiceOption,
  integerOption,
  type OptionValues,
  requiredArgument,
  switchOption,
  withDefault,
} from "../framework/option.ts";
import { usageError } from "../framework/usageError.ts";

const PROVIDERS = ["cpu", "cuda", "webgpu"] as const;
const MAX_THREADS = 16;
/** Shares that every matrix is cut into unless more threads are asked for: the engine's default. */
const USUAL_SHARDS = 2;

export const modelArgument = requiredArgument("Model folder (config.json beside the weights) or GGUF file.");

export const engineOptions = {
  precision: withDefault(
    choiceOption("How weights are held: q8 and q4 take less memory and are less exact.", "precision", PRECISIONS),
    "f32",
  ),
  experts: integerOption("Experts per token, in place of the model's own number.", 1, 4096),
  expertBudget: bytesOption(
    "Most memory for experts, such as 2GiB; the least recently used ones go. Default: no limit.",
  ),
  noMoe: switchOption("Load every expert at the start, instead of each when a router first chooses it."),
  provider: withDefault(choiceOption("What computes.", "provider", PROVIDERS), "cpu"),
  threads: integerOption(
    "Computing threads. The last digits of numbers depend on it above 2. Default: one for small models, else up to 2.",
    1,
    MAX_THREADS,
  ),
};

export type EngineFlags = OptionValues<typeof engineOptions>;

/** Warns where nothing can be kept for the next time. Throws `usage` for options that exclude each other. */
export function toEngineOptions(
  context: Pick<CommandContext, "config" | "warn">,
  source: SlotSource,
  flags: EngineFlags,
): EngineOptions {
  const { precision, experts, expertBudget, noMoe, provider, threads } = flags;
  if (noMoe && expertBudget !== undefined) {
    throw usageError("--expert-budget: expected it without --no-moe, which keeps every expert in memory, got both");
  }
  const cacheFolder = usableFolder(join(context.config.dataDir, "cache", "prepared"), (error) =>
    context.warn(`nothing is kept for the next run: ${sentenceOf(error)}`),
  );
  return {
    source,
    precision,
    executionProvider: provider,
    useMoe: !noMoe,
    ...(experts !== undefined && { topK: experts }),
    ...(expertBudget !== undefined && { expertBudgetBytes: expertBudget }),
    ...(threads !== undefined && { threads, shards: Math.max(USUAL_SHARDS, threads) }),
    ...(cacheFolder !== undefined && cacheOptions(precision, cacheFolder)),
  };
}

/** `folder`, made now so that whoever cannot have it hears of that before the answer, not after it. */
function usableFolder(folder: string, onRefusal: (error: unknown) => void): string | undefined {
  try {
    makeFolderSync(folder);
    accessSync(folder, constants.W_OK);
    return folder;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    onRefusal(error);
    return undefined;
  }
}
