/** What `/chat` answers. */
import * as z from "zod";
import { hashField } from "./fields.ts";

const count = z.int().min(0);

export const usage = z.strictObject({ prompt_tokens: count, completion_tokens: count, cached_tokens: count });

export const timings = z.strictObject({
  queue_ms: z.number(),
  first_token_ms: z.number(),
  decode_ms: z.number(),
  tokens_per_second: z.number(),
});

export const cacheCounters = z.strictObject({
  hits: count,
  loads: count,
  evictions: count,
  prefetches: count,
  bytes: count,
  budget_bytes: z.number().nullable(),
});

const expertShare = z.strictObject({
  slot: z.string(),
  layer: count,
  expert: count,
  block: hashField,
  author: hashField,
  tokens: count,
  gate_mass: z.number(),
  share: z.number(),
});

export const token = z.strictObject({
  id: count,
  bytes: z.array(count),
  logprob: z.number().optional(),
  alternatives: z
    .array(z.strictObject({ id: count, text: z.string(), bytes: z.array(count), logprob: z.number() }))
    .optional(),
  routing: z.array(z.strictObject({ layer: count, experts: z.array(count), weights: z.array(z.number()) })).optional(),
});

export const chatAnswer = z.strictObject({
  response: z.string(),
  request_id: z.string(),
  model: z.string(),
  state_root: hashField,
  precision: z.string(),
  finish_reason: z.enum(["stop", "length"]),
  usage,
  timings,
  experts: z.array(expertShare),
  cache: cacheCounters,
  tokens: z.array(token).optional(),
  route: z.array(z.strictObject({ node_id: z.string(), layers: z.tuple([count, count]) })).optional(),
});
