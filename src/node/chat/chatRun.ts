/** One answer: from its turn in the engine's queue to the last event, with everything counted on the way. */
import type { CacheCounters, ChatEvent, ChatProgress, ChatToken } from "../../api/services/chat.ts";
import { type AnswerEnd, type AnswerOptions, answer } from "../../moe/chat/answer.ts";
import type { Engine, ExpertCacheCounters } from "../../moe/engine/engine.ts";
import type { TokenDecoder } from "../../moe/text/tokenDecoder.ts";
import { AnswerTally } from "./answerTally.ts";
import { chatToken } from "./chatTokens.ts";
import type { Place } from "./engineQueue.ts";
import type { Speed } from "./speed.ts";
import type { UsageRecorder } from "./usageRecorder.ts";

const PROGRESS_EVERY_MS = 100;

export interface ChatRunOptions {
  readonly place: Place;
  readonly decoder: TokenDecoder;
  readonly generation: Omit<AnswerOptions, "decoder" | "signal" | "routing">;
  /** Show each token's experts. */
  readonly routing: boolean;
  readonly usage: UsageRecorder;
  readonly speed: Speed;
  /** Told what the cache holds, after every answer. */
  readonly onCache: (cache: CacheCounters) => void;
}

/**
 * The events of an answer. Its usage is on disk before `done` comes; that of an answer which was cut short, before this
 * returns or throws.
 */
export async function* chatRun(
  options: ChatRunOptions,
  signal: AbortSignal,
  onProgress?: (progress: ChatProgress) => void,
): AsyncGenerator<ChatEvent, void, undefined> {
  const { place, decoder, generation, usage, speed } = options;
  const { engine, state } = place;
  const askedMs = performance.now();
  await place.begin(signal, onProgress && ((ahead) => onProgress({ stage: "queue", ahead })));
  const begunMs = performance.now();
  const tally = new AnswerTally(state);
  let recorded = false;
  const record = async (): Promise<void> => {
    if (recorded) return;
    recorded = true;
    usage.collectSoon(engine);
    await usage.record(tally.usage());
  };
  let tokens: ChatToken[] = [];
  let end: AnswerEnd | undefined;
  let reusedTokens = 0;
  let generated = 0;
  let firstMs = begunMs;
  let lastMs = begunMs;
  const prompt = onProgress && promptProgress(generation.ids.length, onProgress);
  try {
    for await (const event of answer(engine, { ...generation, ...prompt, decoder, routing: true, signal })) {
      place.pinned();
      if (event.type === "trace") continue;
      if (event.type === "end") {
        end = event;
        break;
      }
      lastMs = performance.now();
      if (generated++ === 0) firstMs = lastMs;
      if (event.prompt !== undefined) {
        reusedTokens = event.prompt.reusedTokens;
        tally.addPrompt(event.prompt);
      }
      tally.addToken(event.routing ?? []);
      tokens.push(chatToken(event, decoder, options.routing));
      if (event.text === "") continue;
      yield { type: "text", text: event.text, tokens };
      tokens = [];
    }
    if (end === undefined) return;
    // What a stop text swallowed is no part of the answer.
    const rest = end.stop === undefined ? tokens : [];
    if (end.text !== "" || rest.length > 0) yield { type: "text", text: end.text, tokens: rest };
    // Asking takes until the engine's step is over.
    const [counters] = await Promise.all([end.cache ?? engine.stats().then(({ experts }) => experts), record()]);
    const cache = cacheCounters(engine, counters);
    options.onCache(cache);
    const decodeMs = lastMs - firstMs;
    yield {
      type: "done",
      finishReason: end.reason,
      usage: {
        promptTokens: end.promptTokens,
        completionTokens: end.generatedTokens,
        cachedTokens: end.reusedTokens ?? reusedTokens,
      },
      timings: {
        queueMs: begunMs - askedMs,
        firstTokenMs: firstMs - askedMs,
        decodeMs,
        tokensPerSecond: generated > 1 && decodeMs > 0 ? ((generated - 1) / decodeMs) * 1000 : 0,
      },
      experts: tally.shares(),
      cache,
    };
  } finally {
    place.end();
    if (generated > 0) speed.add(generated, lastMs - firstMs, performance.now() - begunMs);
    await record();
  }
}

/** For the engine: tells how far the prompt is, ten times a second at most. */
function promptProgress(total: number, onProgress: (progress: ChatProgress) => void): Pick<AnswerOptions, "onPrompt"> {
  let toldMs = Number.NEGATIVE_INFINITY;
  return {
    onPrompt: (tokens) => {
      if (performance.now() - toldMs < PROGRESS_EVERY_MS) return;
      toldMs = performance.now();
      onProgress({ stage: "prompt", tokens, total });
    },
  };
}

function cacheCounters({ options }: Engine, counters: Readonly<ExpertCacheCounters>): CacheCounters {
  const { hits, loads, evictions, prefetches, residentBytes } = counters;
  const { expertBudgetBytes, useMoe } = options;
  const budgetBytes = useMoe && Number.isFinite(expertBudgetBytes) ? expertBudgetBytes : null;
  return { hits, loads, evictions, prefetches, bytes: residentBytes, budgetBytes };
}
