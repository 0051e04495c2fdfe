/** `/chat` and `/chat/distributed`: what they take. Closed: a mistyped name is an error, not a surprise. */
import * as z from "zod";
import { FIELD_LIMITS } from "../limits.ts";
import type { ChatRequest, ChatSampling } from "../services/chat.ts";
import { flag, integer, logitBiasField, number, seedField, stopField, text } from "./fields.ts";

const message = z.strictObject({
  role: z.enum(["system", "user", "assistant", "tool"]),
  content: text(FIELD_LIMITS.textChars, 0),
});

export const samplingFields = {
  temperature: number(0, 2).optional().meta({ description: "0 is greedy. Default 1." }),
  top_p: number(0, 1).optional(),
  top_k: integer(0, 2 ** 31 - 1).optional(),
  min_p: number(0, 1).optional(),
  repetition_penalty: number(0.01, 10).optional(),
  frequency_penalty: number(-2, 2).optional(),
  presence_penalty: number(-2, 2).optional(),
  logit_bias: logitBiasField.optional(),
  seed: seedField.optional().meta({ description: "A 64-bit integer: same seed, same text." }),
};

export const chatBody = z
  .strictObject({
    prompt: text(FIELD_LIMITS.textChars).optional().meta({ description: "One question; or `messages`." }),
    messages: z.array(message).min(1).max(FIELD_LIMITS.messages).optional(),
    model: text(256).optional().meta({ description: "Default: the node's model." }),
    raw: flag.optional().meta({ description: "Takes `prompt` as it is, without the model's chat template." }),
    use_moe: flag
      .optional()
      .meta({ description: "`false`: on an engine that holds all experts. Same tokens. Default true." }),
    top_k_experts: integer(1, 4096)
      .optional()
      .meta({ description: "Experts a token, in place of the model's number." }),
    max_tokens: integer(1, FIELD_LIMITS.maxTokens).optional(),
    stop: stopField.optional(),
    ...samplingFields,
    logprobs: flag.optional(),
    top_logprobs: integer(0, 20).optional(),
    stream: flag.optional(),
    progress: flag
      .optional()
      .meta({
        description:
          "Of a stream: tells, before the first token, that an engine is loaded, who comes first, and how far the prompt is.",
      }),
    routing: flag.optional().meta({ description: "Tells every token's experts." }),
    session: text(128)
      .optional()
      .meta({ description: "Names the conversation, so that its history is computed once." }),
  })
  .refine((body) => body.prompt !== undefined || body.messages !== undefined, {
    error: "expected a prompt or messages",
    path: ["prompt"],
    params: { code: "missing_required_parameter", got: "neither" },
  })
  .refine((body) => body.prompt === undefined || body.messages === undefined, {
    error: "expected messages or a prompt, one of the two",
    path: ["messages"],
    params: { got: "both", first: true },
    // Whatever else is wrong with them, one is too many.
    when: ({ value }) => typeof value === "object" && value !== null,
  })
  .refine(({ logprobs, top_logprobs }) => top_logprobs === undefined || logprobs === true, {
    error: "expected logprobs: true beside it",
    path: ["top_logprobs"],
  });

export type ChatBody = z.output<typeof chatBody>;

/** The fields of `/chat` and of `/v1` that mean the same in both. */
export interface SamplingBody {
  readonly temperature?: number | undefined;
  readonly top_p?: number | undefined;
  readonly top_k?: number | undefined;
  readonly min_p?: number | undefined;
  readonly repetition_penalty?: number | undefined;
  readonly frequency_penalty?: number | undefined;
  readonly presence_penalty?: number | undefined;
  readonly logit_bias?: ReadonlyMap<number, number> | undefined;
  readonly seed?: number | undefined;
}

export function toSampling(body: SamplingBody, topLogprobs: number | undefined): ChatSampling {
  const all = {
    temperature: body.temperature,
    topP: body.top_p,
    topK: body.top_k,
    minP: body.min_p,
    repetitionPenalty: body.repetition_penalty,
    frequencyPenalty: body.frequency_penalty,
    presencePenalty: body.presence_penalty,
    logitBias: body.logit_bias,
    seed: body.seed,
    topLogprobs,
  };
  return given(all);
}

/** Without the fields that are `undefined`, so that "absent" has one form. */
export function given<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}

/** `input` is the conversation; sessions are kept apart by who asks. */
export function toChatRequest(body: ChatBody, input: ChatRequest["input"], caller: string): ChatRequest {
  return given({
    input,
    model: body.model,
    maxTokens: body.max_tokens,
    sampling: toSampling(body, body.logprobs === true ? (body.top_logprobs ?? 0) : undefined),
    stop: body.stop,
    useMoe: body.use_moe,
    topKExperts: body.top_k_experts,
    routing: body.routing,
    sessionKey: body.session === undefined ? undefined : sessionKeyOf(caller, body.session),
  }) as ChatRequest;
}

/** Of one caller only: no choice of names lets two callers meet. */
export function sessionKeyOf(caller: string, session: string): string {
  return JSON.stringify([caller, session]);
}
