/** `POST /v1/chat/completions`: what it takes. Unknown fields are taken and ignored, as clients of OpenAI expect. */
import * as z from "zod";
import { FIELD_LIMITS } from "../limits.ts";
import { given, sessionKeyOf, toSampling } from "../schemas/chat.ts";
import { flag, integer, logitBiasField, number, seedField, stopField, text } from "../schemas/fields.ts";
import type { ChatMessage, ChatRequest } from "../services/chat.ts";

const textPart = z.object({ type: z.literal("text"), text: text(FIELD_LIMITS.textChars, 0) });

/** Other parts (images, audio, files) have a code of their own. */
const part = z
  .looseObject({ type: z.string({ error: "expected the kind of part" }) })
  .refine(({ type }) => type === "text", {
    error: "expected parts of the type text",
    path: ["type"],
    params: { code: "unsupported_content" },
    abort: true,
  })
  .pipe(textPart);

const content = z.union([text(FIELD_LIMITS.textChars, 0), z.array(part).max(FIELD_LIMITS.messages)], {
  error: "expected a text or a list of text parts",
});

const message = z.object({
  role: z.enum(["system", "developer", "user", "assistant", "tool"], {
    error: "expected system, developer, user, assistant or tool",
  }),
  content: content.nullish(),
});

/** -1 is how some clients say "as long as it gets". */
const maxTokens = z
  .union([integer(1, FIELD_LIMITS.maxTokens), z.literal(-1)], {
    error: `expected an integer from 1 to ${FIELD_LIMITS.maxTokens}, or -1`,
  })
  .optional();

export const unsupported = (error: string) => ({ error, params: { code: "unsupported_value" } });

/** Fields that `/v1/chat/completions` and `/v1/completions` share. */
export const sharedFields = {
  model: text(256),
  stream: flag.optional(),
  stream_options: z.object({ include_usage: flag.nullish() }).optional(),
  max_tokens: maxTokens,
  temperature: number(0, 2).optional(),
  top_p: number(0, 1).optional(),
  top_k: integer(0, 2 ** 31 - 1).optional(),
  min_p: number(0, 1).optional(),
  repetition_penalty: number(0.01, 10).optional(),
  frequency_penalty: number(-2, 2).optional(),
  presence_penalty: number(-2, 2).optional(),
  logit_bias: logitBiasField.optional(),
  seed: seedField.optional(),
  stop: stopField.optional(),
  n: integer(1, 128)
    .refine((n) => n === 1, unsupported("expected 1: one answer a request"))
    .optional(),
};

export const chatCompletionBody = z
  .object({
    ...sharedFields,
    messages: z
      .array(message, { error: `expected a list of 1 to ${FIELD_LIMITS.messages} messages` })
      .min(1)
      .max(FIELD_LIMITS.messages),
    max_completion_tokens: maxTokens,
    logprobs: flag.optional(),
    top_logprobs: integer(0, 20).optional(),
    response_format: z
      .looseObject({ type: z.string() })
      .refine(({ type }) => type === "text", unsupported('expected the type "text"'))
      .optional(),
    modalities: z
      .array(z.string())
      .refine((modalities) => modalities.every((each) => each === "text"), unsupported("expected text only"))
      .optional(),
    tools: z.array(z.unknown()).max(1024).optional(),
    functions: z.array(z.unknown()).max(1024).optional(),
    tool_choice: z
      .unknown()
      .refine((choice) => choice === "none" || choice === "auto", unsupported("expected none or auto"))
      .optional(),
    function_call: z
      .unknown()
      .refine((choice) => choice === "none" || choice === "auto", unsupported("expected none or auto"))
      .optional(),
    prompt_cache_key: text(512).optional(),
  })
  .refine(({ logprobs, top_logprobs }) => top_logprobs === undefined || top_logprobs === 0 || logprobs === true, {
    error: "expected logprobs: true beside it",
    path: ["top_logprobs"],
  });

export type ChatCompletionBody = z.output<typeof chatCompletionBody>;

/** `prompt_cache_key` names the conversation; `caller` keeps the names of callers apart. */
export function toRequest(body: ChatCompletionBody, caller: string): ChatRequest {
  const { prompt_cache_key: key, logprobs, top_logprobs } = body;
  return given({
    model: body.model,
    input: { messages: body.messages.map(toMessage) },
    maxTokens: restAsAbsent(body.max_completion_tokens ?? body.max_tokens),
    sampling: toSampling(body, logprobs === true ? (top_logprobs ?? 0) : undefined),
    stop: body.stop,
    sessionKey: key === undefined ? undefined : sessionKeyOf(caller, key),
  }) as ChatRequest;
}

export function restAsAbsent(maxTokensGiven: number | undefined): number | undefined {
  return maxTokensGiven === -1 ? undefined : maxTokensGiven;
}

/** Names of fields that were taken and not obeyed, for a header. */
export function ignoredFields({ tools, functions }: ChatCompletionBody): string[] {
  return [...(tools !== undefined ? ["tools"] : []), ...(functions !== undefined ? ["functions"] : [])];
}

function toMessage({ role, content: given }: ChatCompletionBody["messages"][number]): ChatMessage {
  const all = typeof given === "string" ? given : (given ?? []).map(({ text: each }) => each).join("\n");
  return { role: role === "developer" ? "system" : role, content: all };
}
