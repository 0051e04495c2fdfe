/** `POST /v1/completions`: what it takes. The prompt goes to the model as it is. */
import * as z from "zod";
import { FIELD_LIMITS } from "../limits.ts";
import { given, toSampling } from "../schemas/chat.ts";
import { flag, integer, text } from "../schemas/fields.ts";
import type { ChatRequest } from "../services/chat.ts";
import { restAsAbsent, sharedFields } from "./chatRequest.ts";

const unsupported = (error: string) => ({ error, params: { code: "unsupported_value" } });
const prompt = text(FIELD_LIMITS.textChars);

export const completionBody = z.object({
  ...sharedFields,
  prompt: z
    .union([prompt, z.array(prompt).min(1).max(FIELD_LIMITS.prompts)], {
      error: `expected a text or a list of 1 to ${FIELD_LIMITS.prompts} texts`,
    })
    .transform((given) => (typeof given === "string" ? [given] : given)),
  best_of: integer(1, 128)
    .refine((best) => best === 1, unsupported("expected 1"))
    .optional(),
  echo: flag.refine((echo) => !echo, unsupported("expected false")).optional(),
  suffix: z
    .string()
    .refine((suffix) => suffix === "", unsupported("expected none"))
    .optional(),
  logprobs: integer(0, 20)
    .refine(() => false, unsupported("expected none; /v1/chat/completions has log probabilities"))
    .optional(),
});

export type CompletionBody = z.output<typeof completionBody>;

/** One request for each prompt. */
export function toRequests(body: CompletionBody): ChatRequest[] {
  return body.prompt.map(
    (each) =>
      given({
        model: body.model,
        input: { prompt: each },
        maxTokens: restAsAbsent(body.max_tokens) ?? (body.max_tokens === -1 ? undefined : DEFAULT_MAX_TOKENS),
        sampling: toSampling(body, undefined),
        stop: body.stop,
      }) as ChatRequest,
  );
}

/** OpenAI's own default for this address. */
const DEFAULT_MAX_TOKENS = 16;
