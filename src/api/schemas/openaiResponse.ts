/** What `/v1/responses` answers in one piece. */
import * as z from "zod";
import { openaiLogprobs } from "./openai.ts";

const count = z.int().min(0);

const message = z.strictObject({
  id: z.string(),
  type: z.literal("message"),
  status: z.enum(["completed", "incomplete"]),
  role: z.literal("assistant"),
  content: z.array(
    z.strictObject({
      type: z.literal("output_text"),
      text: z.string(),
      annotations: z.array(z.never()),
      logprobs: openaiLogprobs.shape.content,
    }),
  ),
});

export const openaiResponse = z.strictObject({
  id: z.string(),
  object: z.literal("response"),
  created_at: count,
  completed_at: count.nullable(),
  status: z.enum(["completed", "incomplete"]),
  background: z.literal(false),
  error: z.null(),
  incomplete_details: z.strictObject({ reason: z.literal("max_output_tokens") }).nullable(),
  instructions: z.string().nullable(),
  max_output_tokens: count.nullable(),
  model: z.string(),
  output: z.array(message),
  parallel_tool_calls: z.literal(false),
  previous_response_id: z.null(),
  reasoning: z.strictObject({ effort: z.null(), summary: z.null() }),
  store: z.literal(false),
  temperature: z.number(),
  text: z.strictObject({ format: z.strictObject({ type: z.literal("text") }) }),
  tool_choice: z.literal("none"),
  tools: z.array(z.never()),
  top_logprobs: count,
  top_p: z.number(),
  truncation: z.literal("disabled"),
  usage: z.strictObject({
    input_tokens: count,
    input_tokens_details: z.strictObject({ cached_tokens: count }),
    output_tokens: count,
    output_tokens_details: z.strictObject({ reasoning_tokens: count }),
    total_tokens: count,
  }),
  metadata: z.record(z.string(), z.string()),
});
