/** The API's sampling parameters as the engine takes them: over what the model says, and that over the defaults. */
import type { ChatSampling } from "../../api/services/chat.ts";
import { type ModelSampling, overModelSampling } from "../../moe/sampling/modelSampling.ts";
import { type ResolvedSamplingOptions, resolveSamplingOptions } from "../../moe/sampling/options.ts";

/** Throws `bad_sampling_parameter` (data.parameter). */
export function toSampling(
  { topLogprobs, ...sampling }: ChatSampling,
  model: ModelSampling,
  vocabSize: number,
): ResolvedSamplingOptions {
  const options = { ...sampling, ...(topLogprobs !== undefined && { logprobs: true, topLogprobs }) };
  return resolveSamplingOptions(overModelSampling(model, options), vocabSize);
}
