/** What the addresses under /v1 answer. */
import * as z from "zod";
import { servedModel } from "./models.ts";

const count = z.int().min(0);

const openaiUsage = z.strictObject({
  prompt_tokens: count,
  completion_tokens: count,
  total_tokens: count,
  prompt_tokens_details: z.strictObject({ cached_tokens: count }),
});

const alternative = { token: z.string(), logprob: z.number(), bytes: z.array(count) };

export const openaiLogprobs = z.strictObject({
  content: z.array(z.strictObject({ ...alternative, top_logprobs: z.array(z.strictObject(alternative)) })),
  refusal: z.null(),
});

const finishReason = z.enum(["stop", "length"]);

const head = {
  id: z.string(),
  created: count,
  model: z.string(),
  system_fingerprint: z.string(),
};

export const chatCompletionAnswer = z.strictObject({
  ...head,
  object: z.literal("chat.completion"),
  choices: z.array(
    z.strictObject({
      index: count,
      message: z.strictObject({ role: z.literal("assistant"), content: z.string(), refusal: z.null() }),
      logprobs: openaiLogprobs.nullable(),
      finish_reason: finishReason,
    }),
  ),
  usage: openaiUsage,
});

export const completionAnswer = z.strictObject({
  ...head,
  object: z.literal("text_completion"),
  choices: z.array(z.strictObject({ text: z.string(), index: count, logprobs: z.null(), finish_reason: finishReason })),
  usage: openaiUsage,
});

export const openaiModel = z.strictObject({
  id: z.string(),
  object: z.literal("model"),
  created: count,
  owned_by: z.string(),
  context_length: count,
  moe: servedModel,
});
