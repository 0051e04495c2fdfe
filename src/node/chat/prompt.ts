/** A request's text as token ids, with the API's error codes for what cannot be fed to the model. */
import type { ChatRequest } from "../../api/services/chat.ts";
import { AiBlockError, errorCode, errorMessage } from "../../core/errors.ts";
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

/** Throws `bad_message`, `chat_template_missing`, `overloaded`, and the signal's reason. */
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
    const code = CODES.get(errorCode(error) ?? "");
    if (code === undefined) throw error;
    const data = code === "overloaded" ? { retryAfterMs: RETRY_AFTER_MS } : {};
    throw new AiBlockError(code, errorMessage(error), data, { cause: error });
  }
}

/** How many tokens an answer may have. Throws `bad_message` for an empty prompt, `context_length_exceeded`. */
export function promptFits(count: number, limit: number): number {
  if (count === 0) throw new AiBlockError("bad_message", "prompt: expected at least one token, got none");
  if (count < limit) return limit - count;
  throw new AiBlockError(
    "context_length_exceeded",
    `prompt: expected fewer than the model's ${limit} tokens, prompt and answer together, got ${count}`,
    { limit, count },
  );
}
