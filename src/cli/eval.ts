/** `ai-block eval`: how well a checkpoint predicts token sequences. */
import * as z from "zod";
import { AiBlockError } from "../core/errors.ts";
import type { FolderSource } from "../moe/folderSource.ts";
import { modelJson, settingsJson, toModelJson, toSettingsJson } from "./engine/engineJson.ts";
import { engineOptions, modelArgument, toEngineOptions } from "./engine/engineOptions.ts";
import { withEngine, withSource, withText } from "./engine/withModel.ts";
import { cutIntoSequences, measureLoss } from "./eval/measure.ts";
import { readTokensFile } from "./eval/tokensFile.ts";
import { defineCommand } from "./framework/command.ts";
import { countOf, formatCount, formatDuration } from "./framework/format.ts";
import { countJson } from "./framework/json.ts";
import { FAILURE_NOTE, withJsonFailure } from "./framework/jsonFailure.ts";
import { integerOption, textOption, withDefault } from "./framework/option.ts";
import { readInput } from "./framework/readInput.ts";
import { jsonOption, progressOption } from "./framework/sharedOptions.ts";
import { usageError } from "./framework/usageError.ts";

const DEFAULT_CONTEXT = 512;
const MAX_BATCH = 256;
/** Sequences that are shown one by one; --json has all. */
const MAX_SHOWN = 20;

const schema = z.strictObject({
  model: modelJson,
  settings: settingsJson,
  loss: z
    .number()
    .meta({ description: "mean cross entropy of the next token over all predicted ids, natural logarithm" }),
  perplexity: z.number().nullable().meta({ description: "e to the loss; null beyond the largest number" }),
  sequences: countJson,
  tokens: countJson.meta({ description: "predicted ids: the first of every sequence is not" }),
  perSequence: z.array(z.strictObject({ tokens: countJson, loss: z.number() })),
  seconds: z.number().meta({ description: "without loading" }),
  tokensPerSecond: z.number(),
});

export const command = defineCommand({
  description:
    "Measures a checkpoint: the mean cross entropy of the next token, and its perplexity. --tokens names a JSON file with " +
    "an array of arrays of token ids; --text names a text, which is encoded as a whole and cut into sequences of " +
    `--context ids that are measured each on its own. ${FAILURE_NOTE}`,
  arguments: { model: modelArgument },
  options: {
    tokens: textOption("JSON file with an array of arrays of token ids.", "file"),
    text: textOption("Text file in UTF-8.", "file"),
    context: {
      ...integerOption("Ids of a sequence that --text is cut into.", 2, 1_000_000),
      fallbackText: `${DEFAULT_CONTEXT}, or the model's longest sequence`,
    },
    batch: withDefault(integerOption("Sequences computed together.", 1, MAX_BATCH), 16),
    ...engineOptions,
    json: jsonOption,
    progress: progressOption,
  },
  settings: ["dataDir"],
  examples: [
    { command: "eval models/olmoe --tokens sequences.json", meaning: "Sequences of ids." },
    { command: "eval model.gguf --text book.txt --precision q8 --json", meaning: "A text, with 8-bit weights." },
  ],
  exits: ["config", "verification", "interrupted"],
  json: schema,
  run(context, { arguments: { model }, options }) {
    const { signal } = context;
    return withJsonFailure(context, options.json, () =>
      withSource(model, signal, async (source) => {
        const sequences = await readSequences(model, source, options, signal);
        const engineSettings = { ...toEngineOptions(context, source, options), maxSequences: options.batch };
        return withEngine(engineSettings, signal, async (engine) => {
          const total = sequences.reduce((sum, { length }) => sum + length - 1, 0);
          const startMs = performance.now();
          const measured = await context.withProgress(options.progress, (progress) =>
            measureLoss(
              engine,
              sequences,
              options.batch,
              (done) => progress.update("evaluation", done, total, "tokens"),
              signal,
            ),
          );
          const seconds = (performance.now() - startMs) / 1000;
          const { loss, tokens, perSequence } = measured;
          const perplexity = Math.exp(loss);
          if (options.json) {
            context.out.json({
              model: toModelJson(model, engine),
              settings: toSettingsJson(engine),
              loss,
              perplexity: Number.isFinite(perplexity) ? perplexity : null,
              sequences: sequences.length,
              tokens,
              perSequence: [...perSequence],
              seconds,
              tokensPerSecond: tokens / seconds,
            } satisfies z.infer<typeof schema>);
            return undefined;
          }
          for (const [i, one] of perSequence.slice(0, MAX_SHOWN).entries()) {
            context.print(`sequence ${i}: loss ${one.loss.toFixed(6)} over ${countOf(one.tokens, "token")}`);
          }
          if (perSequence.length > MAX_SHOWN)
            context.print(`and ${formatCount(perSequence.length - MAX_SHOWN)} more (--json has all)`);
          context.print(`loss ${loss.toFixed(6)}, perplexity ${Number(perplexity.toPrecision(6))}`);
          context.note(
            `${countOf(tokens, "token")} in ${countOf(sequences.length, "sequence")}, ${formatDuration(seconds * 1000)}`,
          );
          return undefined;
        });
      }),
    );
  },
});

async function readSequences(
  path: string,
  { spec }: FolderSource,
  {
    tokens,
    text,
    context,
  }: {
    readonly tokens?: string | undefined;
    readonly text?: string | undefined;
    readonly context?: number | undefined;
  },
  signal: AbortSignal,
): Promise<number[][]> {
  if ((tokens === undefined) === (text === undefined)) {
    throw usageError(`--tokens: expected either --tokens or --text, got ${tokens === undefined ? "none" : "both"}`);
  }
  if (tokens !== undefined) {
    if (context !== undefined) throw usageError("--context: expected it with --text only, got --tokens");
    return readTokensFile(tokens, spec, signal);
  }
  const file = text as string;
  const length = context ?? Math.min(DEFAULT_CONTEXT, spec.maxPositions);
  if (length > spec.maxPositions) {
    throw usageError(`--context: expected at most the model's ${spec.maxPositions} positions, got ${length}`);
  }
  const content = await readInput(file, { signal });
  const ids = await withText(path, signal, (tokenizer) => tokenizer.encode(content, { signal }));
  const sequences = cutIntoSequences([...ids], length);
  if (sequences.length > 0) return sequences;
  throw new AiBlockError("bad_text_file", `${file}: expected a text of at least 2 tokens, got ${ids.length}`, { file });
}
