/** A request's text as token ids, with the API's error codes for what cannot be fed to the model. */
import type { ChatRequest } from "../../api/services/chat.ts";
import { AiBlockError, type ErrorData, errorCode, errorMessage } from "../../core/errors.ts";
import type { TextWorker } from "../../moe/text/textWorker.ts";

/** The codes of tokenizer and template, and what they are to a client. */
const CODES: ReadonlyMap<string, string> = new Map([
  ["messages_invalid", "bad_message"],
  ["chat_template_raised", "bad_message"],
  ["chat_template_failed", "bad_message"],
  ["chat_template_limit", "bad_message"],
  ["text_invalid", "bad_message"],
  ["text_too_long", "bad_message"],
  ["text_memory", "bad_message"],
  ["text_timeout", "bad_message"],
  ["text_busy", "overloaded"],
  ["text_closed", "node_closing"],
]);

const RETRY_AFTER_MS = 2000;

/** The field that a text came in: `data.parameter` of errors about it. */
export type PromptField = "messages" | "prompt";

export function promptField(input: ChatRequest["input"]): PromptField {
  return "prompt" in input ? "prompt" : "messages";
}

/** Throws `bad_message` and `chat_template_missing` (data.parameter), `overloaded`, and the signal's reason. */
export async function encodePrompt(
  text: TextWorker,
  input: ChatRequest["input"],
  signal: AbortSignal | undefined,
): Promise<number[]> {
  try {
    if ("prompt" in input) return [...(await text.encode(input.prompt, { signal }))];
    return [
      ...(await text.encodeChat(
        input.messages.map(({ role, content }) => ({ role, content })),
        { signal },
      )),
    ];
  } catch (error) {
    signal?.throwIfAborted();
    const found = errorCode(error) ?? "";
    const code = found === "chat_template_missing" ? found : CODES.get(found);
    if (code === undefined) throw error;
    throw new AiBlockError(code, errorMessage(error), dataOf(code, input), { cause: error });
  }
}

function dataOf(code: string, input: ChatRequest["input"]): ErrorData {
  if (code === "overloaded") return { retryAfterMs: RETRY_AFTER_MS };
  return code === "node_closing" ? {} : { parameter: promptField(input) };
}

/**
 * How many tokens an answer may have. Throws `bad_message` for an empty prompt, `context_length_exceeded`; `field` is
 * their `data.parameter`.
 */
export function promptFits(count: number, limit: number, field: PromptField): number {
  if (count === 0) {
    throw new AiBlockError("bad_message", `${field}: expected at least one token, got none`, { parameter: field });
  }
  if (count < limit) return limit - count;
  throw new AiBlockError(
    "context_length_exceeded",
    `${field}: expected fewer than the model's ${limit} tokens, prompt and answer together, got ${count}`,
    { parameter: field, limit, count },
  );
}
