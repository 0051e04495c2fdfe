/** The API's sampling parameters as the engine takes them. */
import type { ChatSampling } from "../../api/services/chat.ts";
import { resolveSamplingOptions, type SamplingOptions } from "../../moe/sampling/options.ts";

/** Throws `bad_sampling_parameter` (data.parameter). */
export function toSampling({ topLogprobs, ...sampling }: ChatSampling, vocabSize: number): SamplingOptions {
  const options = { ...sampling, ...(topLogprobs !== undefined && { logprobs: true, topLogprobs }) };
  resolveSamplingOptions(options, vocabSize);
  return options;
}
