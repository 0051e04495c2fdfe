/**
 * `POST /v1/responses`: what it takes. The node keeps no answers, so a conversation comes whole in `input`; what would
 * need kept ones is refused by name. Unknown fields are taken and ignored, as clients of OpenAI expect.
 */
import * as z from "zod";
import { AiBlockError } from "../../core/errors.ts";
import { FIELD_LIMITS } from "../limits.ts";
import { given, sessionKeyOf, toSampling } from "../schemas/chat.ts";
import { flag, integer, text } from "../schemas/fields.ts";
import type { ChatMessage, ChatRequest } from "../services/chat.ts";
import { sharedFields, unsupported } from "./chatRequest.ts";

/** Asks for log probabilities in `include`. */
const LOGPROBS = "message.output_text.logprobs";

const textPart = z.object({ type: z.string(), text: text(FIELD_LIMITS.textChars, 0) });

const part = z
  .looseObject({ type: z.string({ error: "expected the kind of part" }) })
  .refine(({ type }) => type === "input_text" || type === "output_text", {
    error: "expected parts of the type input_text or output_text",
    path: ["type"],
    params: { code: "unsupported_content" },
    abort: true,
  })
  .pipe(textPart);

const message = z.object({
  role: z.enum(["system", "developer", "user", "assistant"], {
    error: "expected system, developer, user or assistant",
  }),
  content: z.union([text(FIELD_LIMITS.textChars, 0), z.array(part).max(FIELD_LIMITS.messages)], {
    error: "expected a text or a list of text parts",
  }),
});

/** Items of other kinds are calls of tools, which the node does not make, and references to what it does not keep. */
const item = z
  .looseObject({ type: z.string({ error: "expected the kind of item" }).optional() })
  .refine(({ type }) => type !== "item_reference", {
    error: "expected items themselves, since this node keeps no responses (clients send them with store: false)",
    path: ["type"],
    params: { code: "unsupported_content" },
    abort: true,
  })
  .refine(({ type = "message" }) => type === "message", {
    error: "expected items of the type message",
    path: ["type"],
    params: { code: "unsupported_content" },
    abort: true,
  })
  .pipe(message);

const INPUT_WORDS = `expected a text or a list of 1 to ${FIELD_LIMITS.messages} items`;
const absent = (why: string) => z.unknown().refine(() => false, unsupported(`expected none: ${why}`));
const KEPT = "this node keeps no responses; send the whole conversation as input";

const { model, stream, temperature, top_p, top_k, min_p, repetition_penalty } = sharedFields;
const { frequency_penalty, presence_penalty, logit_bias, seed, stop } = sharedFields;
const sampling = { temperature, top_p, top_k, min_p, repetition_penalty, frequency_penalty, presence_penalty };

export const responseBody = z.object({
  model,
  input: z.union([text(FIELD_LIMITS.textChars), z.array(item).min(1).max(FIELD_LIMITS.messages)], {
    error: INPUT_WORDS,
  }),
  instructions: text(FIELD_LIMITS.textChars, 0).optional().meta({ description: "The system message." }),
  stream,
  max_output_tokens: integer(1, FIELD_LIMITS.maxTokens).optional(),
  ...sampling,
  logit_bias,
  seed,
  stop,
  include: z
    .array(text(256))
    .max(64)
    .optional()
    .meta({ description: `\`${LOGPROBS}\` is obeyed, others are ignored.` }),
  top_logprobs: integer(0, 20).optional(),
  text: z
    .looseObject({
      format: z
        .looseObject({ type: z.string() })
        .refine(({ type }) => type === "text", unsupported('expected the type "text"'))
        .nullish(),
    })
    .optional(),
  truncation: z
    .string()
    .refine((value) => value === "disabled", unsupported("expected disabled: nothing is cut off"))
    .optional(),
  store: flag.optional().meta({ description: "Taken; nothing is stored." }),
  background: flag.refine((value) => !value, unsupported("expected false")).optional(),
  previous_response_id: absent(KEPT).optional(),
  conversation: absent(KEPT).optional(),
  prompt: absent("there are no stored prompts").optional(),
  tools: z.array(z.unknown()).max(1024).optional(),
  tool_choice: z
    .unknown()
    .refine((choice) => choice === "none" || choice === "auto", unsupported("expected none or auto"))
    .optional(),
  metadata: z
    .record(text(64), text(512, 0))
    .refine((pairs) => Object.keys(pairs).length <= 16, { error: "expected at most 16 pairs" })
    .optional()
    .meta({ description: "Comes back as it is." }),
  prompt_cache_key: text(512).optional(),
});

export type ResponseBody = z.output<typeof responseBody>;

/** `prompt_cache_key` names the conversation; `caller` keeps the names of callers apart. */
export function toRequest(body: ResponseBody, caller: string): ChatRequest {
  const { input, instructions, prompt_cache_key: key } = body;
  const system: ChatMessage[] = instructions === undefined ? [] : [{ role: "system", content: instructions }];
  const asked: ChatMessage[] = typeof input === "string" ? [{ role: "user", content: input }] : input.map(toMessage);
  return given({
    model: body.model,
    input: { messages: [...system, ...asked] },
    maxTokens: body.max_output_tokens,
    sampling: toSampling(body, asksLogprobs(body) ? (body.top_logprobs ?? 0) : undefined),
    stop: body.stop,
    sessionKey: key === undefined ? undefined : sessionKeyOf(caller, key),
  }) as ChatRequest;
}

/** Errors about the conversation name the field that it came in here. */
export function namesInput(error: unknown): never {
  if (!(error instanceof AiBlockError) || error.data.parameter !== "messages") throw error;
  const message = error.message.replace(/^messages:/, "input:");
  throw new AiBlockError(error.code, message, { ...error.data, parameter: "input" }, { cause: error });
}

export function asksLogprobs({ include = [] }: ResponseBody): boolean {
  return include.includes(LOGPROBS);
}

function toMessage({ role, content }: z.output<typeof message>): ChatMessage {
  const all = typeof content === "string" ? content : content.map(({ text: each }) => each).join("\n");
  return { role: role === "developer" ? "system" : role, content: all };
}
