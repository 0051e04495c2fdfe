/** Generation as the API sees it: prepared first, so that every mistake is known before the answer begins. */

export interface ChatMessage {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly content: string;
}

/** What is absent is as the model says, else as the API's schema says. */
export interface ChatSampling {
  /** 0 is greedy. */
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly minP?: number;
  readonly repetitionPenalty?: number;
  readonly frequencyPenalty?: number;
  readonly presencePenalty?: number;
  /** Token id to bias, -100 to 100. */
  readonly logitBias?: ReadonlyMap<number, number>;
  readonly seed?: number;
  /** Number of alternatives to report with every token, 0 to 20. Absent: no log probabilities. */
  readonly topLogprobs?: number;
}

export interface ChatRequest {
  /** Absent: the default model. */
  readonly model?: string;
  /** A conversation for the chat template, or a raw prompt. */
  readonly input: { readonly messages: readonly ChatMessage[] } | { readonly prompt: string };
  /** Absent: what is left of the context. Larger values are cut down to that. */
  readonly maxTokens?: number;
  readonly sampling?: ChatSampling;
  /** The answer ends before any of these texts, also where one spans tokens. */
  readonly stop?: readonly string[];
  /** `false`: an engine that holds all experts at once. Default `true`. Both give the same tokens. */
  readonly useMoe?: boolean;
  /** Experts per token in place of the model's own number. */
  readonly topKExperts?: number;
  /** Report each token's experts. */
  readonly routing?: boolean;
  /** Names a conversation, so that its history is not computed again. Only of the same caller. */
  readonly sessionKey?: string;
}

export interface AlternativeToken {
  readonly id: number;
  readonly text: string;
  readonly bytes: readonly number[];
  readonly logprob: number;
}

export interface RoutedLayer {
  readonly layer: number;
  readonly experts: readonly number[];
  /** Gate weights of `experts`, in the same order. */
  readonly weights: readonly number[];
}

export interface ChatToken {
  readonly id: number;
  /** The token alone; it may be a part of a character. */
  readonly bytes: readonly number[];
  readonly logprob?: number;
  readonly alternatives?: readonly AlternativeToken[];
  readonly routing?: readonly RoutedLayer[];
}

/** One expert's part in an answer, over the generated tokens. */
export interface ExpertShare {
  readonly slot: string;
  readonly layer: number;
  readonly expert: number;
  /** Block of the version that computed, 64 hex digits. */
  readonly block: string;
  /** Public key of its author, 64 hex digits. */
  readonly author: string;
  readonly tokens: number;
  /** Sum of gate weights over those tokens. */
  readonly gateMass: number;
  /** Part of the layer's gate mass, 0 to 1. */
  readonly share: number;
}

export interface ChatUsage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Of the prompt, taken over from the conversation's last turn. */
  readonly cachedTokens: number;
}

export interface ChatTimings {
  readonly queueMs: number;
  readonly firstTokenMs: number;
  readonly decodeMs: number;
  readonly tokensPerSecond: number;
}

export interface CacheCounters {
  readonly hits: number;
  readonly loads: number;
  readonly evictions: number;
  readonly prefetches: number;
  readonly bytes: number;
  readonly budgetBytes: number | null;
}

export type ChatEvent =
  /** Text that is complete characters and surely no stop text, with the tokens it came from; text may be empty. */
  | { readonly type: "text"; readonly text: string; readonly tokens: readonly ChatToken[] }
  | {
      readonly type: "done";
      readonly finishReason: "stop" | "length";
      readonly usage: ChatUsage;
      readonly timings: ChatTimings;
      readonly experts: readonly ExpertShare[];
      readonly cache: CacheCounters;
    };

/**
 * What happens before the first token: an engine for other settings is loaded, others come first, a long prompt is
 * computed piece by piece.
 */
export type ChatProgress =
  | { readonly stage: "loading" }
  | { readonly stage: "queue"; readonly ahead: number }
  | { readonly stage: "prompt"; readonly tokens: number; readonly total: number };

export interface PreparedChat {
  /** The served model's id. */
  readonly model: string;
  readonly promptTokens: number;
  readonly maxTokens: number;
  /** As the answer is sampled: the request's, else the model's own, else 1. */
  readonly temperature: number;
  readonly topP: number;
  /** The state the whole answer runs on. */
  readonly stateRoot: string;
  readonly precision: string;
  /**
   * Generates once; the last event is `done`. Aborting, or leaving the loop, stops the engine within a step.
   * Throws after the beginning: the engine's codes, or the signal's reason.
   * @param onProgress told of what happens before the first token; never when there is nothing to wait for
   */
  run(signal: AbortSignal, onProgress?: (progress: ChatProgress) => void): AsyncGenerator<ChatEvent, void, undefined>;
  /** Gives up a request that was not run, or does nothing. May be called twice. */
  release(): void;
}

export interface ChatService {
  /**
   * Renders, tokenises and reserves. Throws `model_not_found`, `model_loading`, `context_length_exceeded`
   * (data.limit, data.count), `overloaded` (data.retryAfterMs), `chat_template_missing`, `bad_message`, `bad_top_k`,
   * `bad_sampling_parameter`, `layers_unavailable`, `node_closing`.
   * @param onProgress told when an engine has to be loaded for the request; what can be wrong with it is known by then
   */
  prepare(
    request: ChatRequest,
    signal?: AbortSignal,
    onProgress?: (progress: ChatProgress) => void,
  ): Promise<PreparedChat>;
  /** Requests that compute and that wait. */
  load(): { readonly running: number; readonly waiting: number };
}
