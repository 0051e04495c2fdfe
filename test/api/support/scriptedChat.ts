/**
 * A chat service that says what a test tells it to, and counts what is asked of it: for streams that are endless, slow or
 * broken on purpose, which a real model is not. Tests of answers run on the real engine.
 */
import type {
  ChatEvent,
  ChatProgress,
  ChatRequest,
  ChatService,
  ChatToken,
  ExpertShare,
  PreparedChat,
} from "../../../src/api/services/chat.ts";
import { AiBlockError } from "../../../src/core/errors.ts";
import { AUTHOR, BLOCK, STATE_ROOT } from "./sampleData.ts";

export interface Script {
  /** The answer, piece by piece; `undefined` never ends. */
  readonly pieces?: Iterable<string> | undefined;
  /** Waits before each piece, in ms. 0 goes on with the next turn of the event loop. */
  readonly pauseMs?: number;
  /** Waits for this after the last piece: an answer that ends when the test says so. */
  readonly heldBy?: Promise<void>;
  /** What `prepare` tells before it answers. */
  readonly preparing?: readonly ChatProgress[];
  /** What happens before the first piece. */
  readonly progress?: readonly ChatProgress[];
  /** Thrown by `prepare`. */
  readonly refuse?: Error;
  /** Thrown after the last piece. */
  readonly breakWith?: Error;
  readonly finishReason?: "stop" | "length";
}

export class ScriptedChat implements ChatService {
  script: Script = { pieces: ["Hel", "lo", " world"] };
  readonly asked: ChatRequest[] = [];
  /** Generations that have begun, that run now, pieces that were generated, and generations that were cut short. */
  begun = 0;
  running = 0;
  pieces = 0;
  aborted = 0;
  released = 0;

  load() {
    return { running: this.running, waiting: 0 };
  }

  async prepare(
    request: ChatRequest,
    _signal?: AbortSignal,
    onProgress?: (progress: ChatProgress) => void,
  ): Promise<PreparedChat> {
    this.asked.push(request);
    const { script } = this;
    for (const progress of script.preparing ?? []) {
      onProgress?.(progress);
      await pause(script.pauseMs ?? 0, new AbortController().signal);
    }
    if (script.refuse !== undefined) return Promise.reject(script.refuse);
    if (request.model !== undefined && request.model !== "tiny") {
      return Promise.reject(new AiBlockError("model_not_found", `model: expected tiny, got ${request.model}`));
    }
    return Promise.resolve({
      model: "tiny",
      promptTokens: 7,
      maxTokens: request.maxTokens ?? 100,
      temperature: request.sampling?.temperature ?? 0.6,
      topP: request.sampling?.topP ?? 0.9,
      stateRoot: STATE_ROOT,
      precision: "f32",
      run: (signal, onProgress) => this.#run(script, request, signal, onProgress),
      release: () => {
        this.released++;
      },
    });
  }

  async *#run(
    script: Script,
    request: ChatRequest,
    signal: AbortSignal,
    onProgress: ((progress: ChatProgress) => void) | undefined,
  ): AsyncGenerator<ChatEvent, void, undefined> {
    this.begun++;
    this.running++;
    let over = false;
    try {
      for (const progress of script.progress ?? []) {
        onProgress?.(progress);
        await pause(script.pauseMs ?? 0, signal);
      }
      let count = 0;
      for (const piece of script.pieces ?? endless()) {
        await pause(script.pauseMs ?? 0, signal);
        signal.throwIfAborted();
        this.pieces++;
        yield { type: "text", text: piece, tokens: [tokenOf(piece, count++, request)] };
      }
      await script.heldBy;
      if (script.breakWith !== undefined) throw script.breakWith;
      over = true;
      yield doneOf(count, script.finishReason ?? "stop");
    } finally {
      this.running--;
      if (!over) this.aborted++;
    }
  }
}

const LONG_PIECE = "All work and no play makes Jack a dull boy. ".repeat(20);

function* endless(): Generator<string> {
  for (;;) yield LONG_PIECE;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (ms === 0) {
      setImmediate(resolve);
      return;
    }
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function tokenOf(text: string, id: number, { sampling, routing }: ChatRequest): ChatToken {
  const bytes = [...Buffer.from(text.slice(0, 64))];
  const top = sampling?.topLogprobs;
  return {
    id,
    bytes,
    ...(top !== undefined && {
      logprob: -0.25,
      alternatives: Array.from({ length: top }, (_, i) => ({ id: i, text, bytes, logprob: -0.25 - i })),
    }),
    ...(routing === true && { routing: [{ layer: 0, experts: [1, 3], weights: [0.75, 0.25] }] }),
  };
}

function doneOf(completionTokens: number, finishReason: "stop" | "length"): ChatEvent {
  const share: ExpertShare = {
    slot: "layer0.expert1",
    layer: 0,
    expert: 1,
    block: BLOCK,
    author: AUTHOR,
    tokens: completionTokens,
    gateMass: completionTokens * 0.75,
    share: 0.75,
  };
  return {
    type: "done",
    finishReason,
    usage: { promptTokens: 7, completionTokens, cachedTokens: 2 },
    timings: { queueMs: 0, firstTokenMs: 1, decodeMs: 2, tokensPerSecond: 1000 },
    experts: [share],
    cache: { hits: 3, loads: 1, evictions: 0, prefetches: 0, bytes: 4096, budgetBytes: null },
  };
}
