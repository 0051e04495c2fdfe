/**
 * A generation as text: the engine's tokens through the detokenizer and the stop strings.
 *
 * Invariant: the texts of all events, joined, are the answer; no piece holds half of a character, and nothing of a stop
 * string or after it is given out. When a stop string is found the engine is told to stop.
 */
import type {
  Engine,
  ExpertCacheCounters,
  GenerateOptions,
  LayerRouting,
  PromptWork,
  TraceEvent,
} from "../engine/engine.ts";
import type { TokenLogprob } from "../sampling/logprobs.ts";
import { textError } from "../text/errors.ts";
import { checkStopStrings, createStopMatcher } from "../text/stopStrings.ts";
import type { TokenDecoder } from "../text/tokenDecoder.ts";

export interface AnswerOptions extends GenerateOptions {
  /** Turns ids into text. Without it all texts are empty and stop strings are refused with `tokenizer_missing`. */
  readonly decoder: TokenDecoder | undefined;
  /** The answer ends before any of these. Default none. */
  readonly stop?: readonly string[];
  /** The answer goes on in the middle of the prompt's text, so a space at its beginning stays. Default false. */
  readonly continues?: boolean;
  /** Leave special tokens out of the text. Default true. */
  readonly skipSpecialTokens?: boolean;
}

export interface AnswerToken {
  readonly type: "token";
  readonly id: number;
  /** 0 for the first token of the answer. */
  readonly index: number;
  /** Text that is certain now; often empty. */
  readonly text: string;
  readonly logprob: number | undefined;
  readonly topLogprobs: readonly TokenLogprob[] | undefined;
  readonly routing: readonly LayerRouting[] | undefined;
  readonly prompt: PromptWork | undefined;
}

export interface AnswerEnd {
  readonly type: "end";
  /** What was held back. */
  readonly text: string;
  /** `stop`: a stop id or a stop string. `length`: `maxTokens` or the model's longest sequence. */
  readonly reason: "stop" | "length";
  readonly stopId: number | undefined;
  /** The stop string that was found. */
  readonly stop: string | undefined;
  readonly promptTokens: number;
  /** Prompt positions taken over from the conversation's last turn; not known after a stop string. */
  readonly reusedTokens: number | undefined;
  readonly generatedTokens: number;
  /** Counters of the engine's expert cache at the end; not known after a stop string. */
  readonly cache: Readonly<ExpertCacheCounters> | undefined;
  /** From the call to the first token, and from there to the last one. */
  readonly firstTokenMs: number;
  readonly decodeMs: number;
}

export type AnswerEvent = AnswerToken | TraceEvent | AnswerEnd;

/** The last event is `end`. Throws `stop_invalid`, `tokenizer_missing`, and what `Engine.generate` throws. */
export async function* answer(engine: Engine, options: AnswerOptions): AsyncGenerator<AnswerEvent, void, undefined> {
  const { decoder, stop = [], continues = false, skipSpecialTokens = true, ...generation } = options;
  const stops = checkStopStrings(stop);
  if (stops.length > 0 && decoder === undefined) {
    throw textError("tokenizer_missing", "stop: expected a tokenizer for stop strings, got none");
  }
  const after = continues ? generation.ids : [];
  const detokenizer = decoder?.createDetokenizer({ skipSpecialTokens, after });
  const matcher = createStopMatcher(stops);
  const startMs = performance.now();
  let firstMs: number | undefined;
  let lastMs = startMs;
  let generatedTokens = 0;
  const end = (text: string, reason: AnswerEnd["reason"], facts: Partial<AnswerEnd>): AnswerEnd => ({
    type: "end",
    text,
    reason,
    stopId: facts.stopId,
    stop: facts.stop,
    promptTokens: generation.ids.length,
    reusedTokens: facts.reusedTokens,
    generatedTokens,
    cache: facts.cache,
    firstTokenMs: (firstMs ?? lastMs) - startMs,
    decodeMs: lastMs - (firstMs ?? lastMs),
  });
  for await (const event of engine.generate(generation)) {
    if (event.type === "trace") {
      yield event;
    } else if (event.type === "token") {
      lastMs = performance.now();
      firstMs ??= lastMs;
      generatedTokens++;
      const { id, index, logprob, topLogprobs, routing, prompt } = event;
      const found = matcher.push(detokenizer?.push(id) ?? "");
      yield { type: "token", id, index, text: found.text, logprob, topLogprobs, routing, prompt };
      if (found.stop === undefined) continue;
      yield end("", "stop", { stop: found.stop });
      return;
    } else {
      const rest = matcher.push(detokenizer?.flush() ?? "");
      const { reason, stopId, reusedTokens, cache } = event;
      if (rest.stop !== undefined) yield end(rest.text, "stop", { stop: rest.stop, reusedTokens, cache });
      else yield end(rest.text + matcher.flush(), reason, { stopId, reusedTokens, cache });
    }
  }
}
