/** `ai-block run`: answers of a local checkpoint, one or a whole chat. */
import { checkIds } from "../moe/engine/steps.ts";
import type { FolderSource } from "../moe/folderSource.ts";
import type { ModelConfig } from "../moe/model/parseConfig.ts";
import { modelArgument, toEngineOptions } from "./engine/engineOptions.ts";
import { withEngine, withOptionalText, withSource, withText } from "./engine/withModel.ts";
import { defineCommand } from "./framework/command.ts";
import type { CommandContext } from "./framework/context.ts";
import type { ExitCode } from "./framework/exitCodes.ts";
import { FAILURE_NOTE, withJsonFailure } from "./framework/jsonFailure.ts";
import { ENGINE_FLAGS, namingFlags } from "./framework/nameFlags.ts";
import { usageError } from "./framework/usageError.ts";
import { Chat } from "./run/chat.ts";
import { runOnce } from "./run/oneShot.ts";
import { type RunFlags, runOptions } from "./run/options.ts";
import { checkCombination, encodePrompt, type FedPrompt, isChat, promptText } from "./run/prompt.ts";
import { runJson } from "./run/runJson.ts";
import { samplingOf } from "./run/sampling.ts";
import { runSlice } from "./run/slice.ts";
import { traceJson } from "./run/traceFile.ts";

export const command = defineCommand({
  description:
    "Runs a checkpoint from disk: a model folder from Hugging Face (safetensors or PyTorch files) or a GGUF file. Only " +
    "the experts that the routers choose are read. With --prompt, --ids or a text on stdin it answers once; on a terminal " +
    "without them it is a chat, where Ctrl-C stops the answer and /bye or Ctrl-D ends it. The answer goes to stdout as it " +
    "comes, speed and expert counters go to stderr at the end. The prompt goes through the model's chat template, unless " +
    "--raw is given or the model has none; ids are fed as they are. The model's end tokens end an answer, and " +
    "its generation_config.json says how to sample what the flags leave open. Text is shown " +
    `without special tokens. ${FAILURE_NOTE}`,
  arguments: { model: modelArgument },
  options: runOptions,
  settings: ["dataDir"],
  examples: [
    { command: "run models/olmoe", meaning: "A chat." },
    { command: 'run models/olmoe -p "What is a DAG?" --max-tokens 100', meaning: "One answer." },
    { command: "run model.gguf --ids 5,9,2 --max-tokens 24 --temperature 0 --json", meaning: "For a script." },
    { command: "run models/olmoe --ids 5,9,2 --max-tokens 0 --trace trace.json", meaning: "Everything computed." },
    { command: "run models/olmoe --ids 5,9,2 --layers 2-3 --trace slice.json", meaning: "Two layers only." },
  ],
  exits: ["config", "verification", "diskFull", "interrupted"],
  json: runJson,
  files: { "--trace": traceJson },
  run(context, { arguments: { model }, options }) {
    return withJsonFailure(context, options.json, () => {
      checkCombination(options);
      return withSource(model, context.signal, (source) => runModel(context, model, source, options));
    });
  },
});

async function runModel(
  context: CommandContext,
  path: string,
  source: FolderSource,
  flags: RunFlags,
): Promise<ExitCode | undefined> {
  const options = toEngineOptions(context, source, flags);
  const { signal } = context;
  const { ids } = flags;
  const layers = partOf(source, flags);
  if (ids !== undefined) {
    await namingFlags(ENGINE_FLAGS, async () => checkIds(ids, source.spec.vocabSize));
    if (layers !== undefined) return runSliceOf(context, path, options, layers, ids, flags);
    const prompt: FedPrompt = { ids, continues: false };
    return withOptionalText(path, context, (text, files) => {
      const nextSampling = samplingOf(context, files, flags);
      return withEngine(options, signal, async (engine) => {
        const eosIds = text?.eosIds ?? eosIdsOf(source.config);
        await runOnce(context, { path, engine, text, eosIds, prompt, nextSampling, flags });
        return undefined;
      });
    });
  }
  return withText(path, signal, async (text, files) => {
    if (isChat(flags)) {
      const nextSampling = samplingOf(context, files, flags);
      context.note(`loading ${path} …`);
      return withEngine(options, signal, (engine) => new Chat(context, engine, text, nextSampling, flags).run());
    }
    const prompt = await encodePrompt(await promptText(flags, signal), flags, text, context);
    if (layers !== undefined) return runSliceOf(context, path, options, layers, prompt.ids, flags);
    const nextSampling = samplingOf(context, files, flags);
    return withEngine(options, signal, async (engine) => {
      await runOnce(context, { path, engine, text, eosIds: text.eosIds, prompt, nextSampling, flags });
      return undefined;
    });
  });
}

async function runSliceOf(
  context: CommandContext,
  path: string,
  options: ReturnType<typeof toEngineOptions>,
  layers: readonly [number, number],
  ids: readonly number[],
  { trace, json }: RunFlags,
): Promise<undefined> {
  if (trace === undefined) throw usageError("--layers: expected --trace as well, since layers alone give no text");
  if (json) throw usageError("--layers: expected --trace without --json, got both");
  await runSlice(context, { path, options, layers, ids, trace });
  context.note(`layers ${layers[0]} to ${layers[1]} of ${ids.length} positions are in ${trace}`);
}

/** The layers to run, unless they are the whole model. Throws `usage` for layers that it does not have. */
function partOf({ spec }: FolderSource, { layers }: RunFlags): readonly [number, number] | undefined {
  if (layers === undefined) return undefined;
  const last = spec.layers.length - 1;
  if (layers[1] > last) throw usageError(`--layers: expected layers from 0 to ${last}, got ${layers.join("-")}`);
  return layers[0] === 0 && layers[1] === last ? undefined : layers;
}

/** Without a tokenizer the config says what ends an answer. */
function eosIdsOf(config: ModelConfig): readonly number[] {
  const ids: unknown = config.eos_token_id;
  return (Array.isArray(ids) ? ids : [ids]).filter((id): id is number => Number.isSafeInteger(id));
}
