/** The objects of OpenAI's chat API, built field by field in the order of its documentation. */
import type { Answer } from "../answer/openAnswer.ts";
import type { ChatToken, ChatUsage } from "../services/chat.ts";

/** What all objects of one answer share. */
export interface AnswerHead {
  readonly id: string;
  readonly created: number;
  readonly model: string;
  readonly fingerprint: string;
}

/** The id holds the request's; `created` is in seconds; the fingerprint stands for weights and precision. */
export function headOf(
  { requestId, prepared: { model, stateRoot, precision } }: Answer,
  prefix: string,
  nowMs: number,
): AnswerHead {
  return {
    id: `${prefix}-${bareId(requestId)}`,
    created: Math.floor(nowMs / 1000),
    model,
    fingerprint: `fp_${stateRoot.slice(0, 12)}_${precision}`,
  };
}

/** A request's id without what says that it is one. */
export function bareId(requestId: string): string {
  return requestId.replace(/^req_/, "");
}

export function usageOf({ promptTokens, completionTokens, cachedTokens }: ChatUsage): object {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens },
  };
}

export function logprobsOf(tokens: readonly ChatToken[]): {
  readonly content: readonly object[];
  readonly refusal: null;
} {
  return {
    content: tokens.map(({ bytes, logprob, alternatives = [] }) => ({
      token: textOf(bytes),
      logprob: finite(logprob),
      bytes,
      top_logprobs: alternatives.map((other) => ({
        token: textOf(other.bytes),
        logprob: finite(other.logprob),
        bytes: other.bytes,
      })),
    })),
    refusal: null,
  };
}

export function chatCompletion(
  { id, created, model, fingerprint }: AnswerHead,
  answer: {
    readonly text: string;
    readonly finishReason: string;
    readonly logprobs: object | null;
    readonly usage: object;
  },
): object {
  return {
    id,
    object: "chat.completion",
    created,
    model,
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: answer.text, refusal: null },
        logprobs: answer.logprobs,
        finish_reason: answer.finishReason,
      },
    ],
    usage: answer.usage,
    system_fingerprint: fingerprint,
  };
}

/** One chunk. `usage` is left out when it was not asked for, and `null` before the last chunk when it was. */
export function chatChunk(
  { id, created, model, fingerprint }: AnswerHead,
  choices: readonly object[],
  usage: object | null | undefined,
): object {
  return {
    id,
    object: "chat.completion.chunk",
    created,
    model,
    system_fingerprint: fingerprint,
    choices,
    ...(usage !== undefined && { usage }),
  };
}

export function chunkChoice(delta: object, finishReason: string | null, logprobs: object | null = null): object {
  return { index: 0, delta, logprobs, finish_reason: finishReason };
}

/** Half a character is shown as the replacement character; `bytes` has the truth. */
function textOf(bytes: readonly number[]): string {
  return Buffer.from(bytes).toString("utf8");
}

/** JSON has no -Infinity; the API of OpenAI writes -9999. */
function finite(logprob: number | undefined): number {
  return logprob === undefined || !Number.isFinite(logprob) ? -9999 : logprob;
}
