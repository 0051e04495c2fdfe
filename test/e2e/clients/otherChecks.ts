/** What the AI SDK and LangChain have to get out of a server under /v1. */
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { ChatOpenAI } from "@langchain/openai";
import { APICallError, generateText, streamText } from "ai";
import { type Check, equal, truthy } from "./check.ts";

const ASKS = { messages: [{ role: "user" as const, content: "hello" }], temperature: 0, maxOutputTokens: 12 };

const aiModel = (baseURL: string, model: string) =>
  createOpenAICompatible({ name: "ai-block", baseURL, apiKey: "any", includeUsage: true })(model);

const langchain = (baseURL: string, model: string): ChatOpenAI =>
  new ChatOpenAI({ model, apiKey: "any", temperature: 0, maxTokens: 12, maxRetries: 0, configuration: { baseURL } });

export const OTHER_CHECKS: Readonly<Record<string, Check>> = {
  "ai: generateText": async ({ base, model, text }) => {
    const answer = await generateText({ model: aiModel(base, model), ...ASKS, maxRetries: 0 });
    equal("text", answer.text, text);
    equal("finishReason", answer.finishReason, "length");
    equal("output tokens", answer.usage.outputTokens, 12);
    truthy("input tokens", (answer.usage.inputTokens ?? 0) > 0);
  },
  "ai: streamText": async ({ base, model, text }) => {
    const errors: unknown[] = [];
    const answer = streamText({
      model: aiModel(base, model),
      ...ASKS,
      maxRetries: 0,
      onError: ({ error }) => {
        errors.push(error);
      },
    });
    let heard = "";
    for await (const piece of answer.textStream) heard += piece;
    equal("errors", errors, []);
    equal("text", heard, text);
    equal("finishReason", await answer.finishReason, "length");
    equal("output tokens", (await answer.usage).outputTokens, 12);
  },
  "ai: errors": async ({ base }) => {
    const error = await generateText({ model: aiModel(base, "gpt-unknown"), ...ASKS, maxRetries: 0 }).catch(
      (thrown: unknown) => thrown,
    );
    truthy("an APICallError", APICallError.isInstance(error));
    equal("status", (error as APICallError).statusCode, 404);
    truthy("our message", (error as APICallError).message.startsWith("model: expected"));
  },
  "langchain: invoke": async ({ base, model, text }) => {
    const answer = await langchain(base, model).invoke("hello");
    equal("text", answer.content, text);
    equal("finish_reason", answer.response_metadata.finish_reason, "length");
    equal("output tokens", outputTokens(answer.usage_metadata), 12);
  },
  "langchain: stream": async ({ base, model, text }) => {
    let heard = "";
    let reason: unknown;
    let tokens: number | undefined;
    for await (const chunk of await langchain(base, model).stream("hello")) {
      heard += String(chunk.content);
      reason ??= chunk.response_metadata.finish_reason;
      tokens = outputTokens(chunk.usage_metadata) ?? tokens;
    }
    equal("text", heard, text);
    equal("finish_reason", reason, "length");
    equal("output tokens", tokens, 12);
  },
};

/** The library's own type of it is lost in its generics. */
function outputTokens(metadata: unknown): number | undefined {
  return (metadata as { output_tokens?: number } | undefined)?.output_tokens;
}
