/** A served model. */
import * as z from "zod";
import { hashField } from "./fields.ts";

const count = z.int().min(0);

export const servedModel = z.strictObject({
  id: z.string(),
  model: hashField,
  name: z.string(),
  created_ms: count,
  state_root: hashField,
  architecture: z.string(),
  context_length: count,
  vocab_size: count,
  hidden_size: count,
  layers: count,
  experts_per_layer: z.array(count),
  top_k: count,
  total_parameters: count,
  active_parameters: count,
  payload_bytes: count,
  precision: z.string(),
  execution_provider: z.string(),
  has_chat_template: z.boolean(),
  sampling: z
    .strictObject({
      temperature: z.number(),
      top_k: count,
      top_p: z.number(),
      min_p: z.number(),
      repetition_penalty: z.number(),
    })
    .meta({ description: "What a request that leaves these open gets." }),
});
