/** The object that `/v1/responses` answers with, at its beginning and at its end. */
import type { Answer } from "../answer/openAnswer.ts";
import type { ChatToken, ChatUsage, PreparedChat } from "../services/chat.ts";
import { bareId, logprobsOf } from "./chatResponse.ts";
import type { ResponseBody } from "./responseRequest.ts";

/** What all objects and events of one response share. */
export interface ResponseHead {
  readonly id: string;
  readonly messageId: string;
  readonly createdMs: number;
  readonly prepared: Pick<PreparedChat, "model" | "temperature" | "topP">;
  readonly body: ResponseBody;
}

export interface ResponseEnd {
  readonly text: string;
  /** Empty where none were asked for. */
  readonly logprobs: readonly object[];
  readonly finishReason: "stop" | "length";
  readonly usage: ChatUsage;
  readonly completedMs: number;
}

export function responseHead({ requestId, prepared }: Answer, body: ResponseBody, createdMs: number): ResponseHead {
  const id = bareId(requestId);
  return { id: `resp_${id}`, messageId: `msg_${id}`, createdMs, prepared, body };
}

/** Without `end`: the response as it is while it is being made. */
export function responseObject({ id, messageId, createdMs, prepared, body }: ResponseHead, end?: ResponseEnd): object {
  const isCut = end?.finishReason === "length";
  const status = end === undefined ? "in_progress" : isCut ? "incomplete" : "completed";
  return {
    id,
    object: "response",
    created_at: seconds(createdMs),
    completed_at: end === undefined || isCut ? null : seconds(end.completedMs),
    status,
    background: false,
    error: null,
    incomplete_details: isCut ? { reason: "max_output_tokens" } : null,
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    model: prepared.model,
    output: end === undefined ? [] : [messageItem(messageId, end)],
    parallel_tool_calls: false,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    store: false,
    temperature: prepared.temperature,
    text: { format: { type: "text" } },
    tool_choice: "none",
    tools: [],
    top_logprobs: body.top_logprobs ?? 0,
    top_p: prepared.topP,
    truncation: "disabled",
    usage: end === undefined ? null : usageOf(end.usage),
    metadata: body.metadata ?? {},
  };
}

/** Without `end`: the message as it is announced, with nothing in it. */
export function messageItem(id: string, end?: ResponseEnd): object {
  const status = end === undefined ? "in_progress" : end.finishReason === "length" ? "incomplete" : "completed";
  const content = end === undefined ? [] : [textPart(end.text, end.logprobs)];
  return { id, type: "message", status, role: "assistant", content };
}

export function textPart(text: string, logprobs: readonly object[]): object {
  return { type: "output_text", text, annotations: [], logprobs };
}

/** As the chat API has them, but for the fields around them. */
export function responseLogprobs(tokens: readonly ChatToken[]): readonly object[] {
  return logprobsOf(tokens).content;
}

function usageOf({ promptTokens, completionTokens, cachedTokens }: ChatUsage): object {
  return {
    input_tokens: promptTokens,
    input_tokens_details: { cached_tokens: cachedTokens },
    output_tokens: completionTokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: promptTokens + completionTokens,
  };
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
