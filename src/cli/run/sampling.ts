/** How `ai-block run` samples: the flags, over what the model's makers chose, over the defaults. */
import { type ModelSampling, overModelSampling, readModelSampling } from "../../moe/sampling/modelSampling.ts";
import { type ResolvedSamplingOptions, resolveSamplingOptions } from "../../moe/sampling/options.ts";
import type { TokenizerFiles } from "../../moe/text/tokenizerFiles.ts";
import type { CommandContext } from "../framework/context.ts";
import { flagOf } from "../framework/option.ts";
import type { RunFlags } from "./options.ts";

/** The sampling of the next answer. With a seed of its own where none was given, so that every answer can be had again. */
export type NextSampling = () => ResolvedSamplingOptions;

/** Tells on stderr what of the model's own choice holds, and what of it cannot be used. Throws `tokenizer_invalid`. */
export function samplingOf(context: CommandContext, files: TokenizerFiles, flags: RunFlags): NextSampling {
  const { sampling: model, ignored } = readModelSampling(files);
  for (const sentence of ignored) context.warn(sentence);
  const { temperature, topP, topK, minP, repetitionPenalty, frequencyPenalty, presencePenalty } = flags;
  const given = { temperature, topP, topK, minP, repetitionPenalty, frequencyPenalty, presencePenalty };
  const held = Object.entries(model).filter(([name]) => given[name as keyof ModelSampling] === undefined);
  if (held.length > 0 && !flags.quiet) {
    const words = held.map(([name, value]) => `${flagOf(name)} ${value}`);
    context.note(`sampling as the model asks for: ${words.join(" ")}`);
  }
  return () => {
    const seed = flags.seed ?? BigInt(Math.floor(Math.random() * Number.MAX_SAFE_INTEGER));
    return resolveSamplingOptions(overModelSampling(model, { ...given, seed }));
  };
}
