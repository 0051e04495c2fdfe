/** The answers that ended last. Of all callers, so it takes whoever runs the node. */
import * as z from "zod";
import { snakeCase } from "../http/snakeCase.ts";
import { listOf } from "../schemas/chain.ts";
import { hashField, limitField } from "../schemas/fields.ts";
import { defineRoute } from "./route.ts";

const endedAnswer = z.strictObject({
  request_id: z.string(),
  time_ms: z.int(),
  address: z.string(),
  model: z.string(),
  state_root: hashField,
  precision: z.string(),
  status: z.enum(["complete", "stopped", "failed"]),
  reason: z.string().meta({ description: "`stop` or `length` of a complete answer, otherwise the code of an error." }),
  prompt_tokens: z.int().min(0),
  completion_tokens: z.int().min(0),
  first_token_ms: z.number().nullable(),
  duration_ms: z.number(),
  tokens_per_second: z.number().nullable(),
});

export const recentAnswersRoute = defineRoute({
  method: "get",
  path: "/chat/recent",
  tag: "chat",
  summary: "The answers that ended last, newest first: how long, how fast, how they ended. Never what was asked.",
  access: "admin",
  query: z.strictObject({ limit: limitField(20) }),
  answers: { status: 200, description: "Of all callers, since the start.", schema: listOf(endedAnswer) },
  handle: ({ query: { limit }, context: { recent } }) => ({ body: snakeCase({ items: recent.newest(limit) }) }),
});
