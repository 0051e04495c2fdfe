/** What `ai-block run` takes besides the options of the engine. */
import type { ModelSampling } from "../../moe/sampling/modelSampling.ts";
import { resolveSeed, SAMPLING_NUMBERS } from "../../moe/sampling/options.ts";
import { MAX_STOP_STRINGS } from "../../moe/text/limits.ts";
import { engineOptions } from "../engine/engineOptions.ts";
import { idsOption, layersOption, numberOption, seedOption, textsOption } from "../framework/numberOptions.ts";
import {
  type CliOption,
  integerOption,
  type OptionValues,
  switchOption,
  textOption,
  withDefault,
} from "../framework/option.ts";
import { jsonOption } from "../framework/sharedOptions.ts";

const DEFAULT_MAX_TOKENS = 512;
const MOST_TOKENS = 1_000_000;

export const runOptions = {
  prompt: textOption(
    "What to say to the model. Without it: a chat on a terminal, else the text of stdin.",
    "text",
    "p",
  ),
  ids: idsOption("Token ids to feed instead of a text, exactly these."),
  system: textOption("System message of the chat.", "text"),
  raw: switchOption("Continue the text as it is, without the model's chat template."),
  maxTokens: withDefault(integerOption("Most tokens of an answer.", 0, MOST_TOKENS), DEFAULT_MAX_TOKENS),
  temperature: ofModel("temperature", "0 always takes the likeliest token."),
  topP: ofModel("topP", "Keeps the fewest tokens whose probabilities reach this sum."),
  topK: ofModel("topK", "Keeps the k likeliest tokens; 0 keeps all."),
  minP: ofModel("minP", "Keeps tokens with at least this share of the likeliest one's probability."),
  repetitionPenalty: ofModel("repetitionPenalty", "Above 1 makes tokens of prompt and answer less likely."),
  frequencyPenalty: sampling("frequencyPenalty", "Taken off for every use in the answer."),
  presencePenalty: sampling("presencePenalty", "Taken off once for a token of the answer."),
  seed: seedOption("Same seed, same text. Default: another one each time.", resolveSeed),
  stop: textsOption("The answer ends before this text. May be given several times.", "text", MAX_STOP_STRINGS),
  ...engineOptions,
  layers: layersOption(
    "Runs these layers only and generates nothing: with --trace, what goes into them and comes out of them. The layers " +
      "before are computed first, in an engine of their own.",
  ),
  trace: textOption("File to write with everything that was computed for every fed position, as JSON.", "file"),
  json: jsonOption,
  quiet: switchOption("No numbers on stderr afterwards.", "q"),
};

export type RunFlags = OptionValues<typeof runOptions>;

function sampling(name: keyof typeof SAMPLING_NUMBERS, description: string): CliOption<number> {
  const range = SAMPLING_NUMBERS[name];
  return { ...numberOption(description, range), fallbackText: String(range.default) };
}

/** One that a model's makers may have chosen. */
function ofModel(name: keyof Required<ModelSampling>, description: string): CliOption<number> {
  return { ...sampling(name, description), fallbackText: `the model's own, else ${SAMPLING_NUMBERS[name].default}` };
}
