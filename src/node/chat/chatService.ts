/** Generation for the API: checks, renders and tokenises a request, gives it a place in a queue, and runs it. */
import type { CacheCounters, ChatProgress, ChatRequest, ChatService, PreparedChat } from "../../api/services/chat.ts";
import { AiBlockError } from "../../core/errors.ts";
import { watchEvents } from "../../core/watchedEvents.ts";
import { checkTopK } from "../../moe/model/routing.ts";
import type { ResolvedSamplingOptions } from "../../moe/sampling/options.ts";
import type { ServedModels } from "../model/servedModels.ts";
import { chatRun } from "./chatRun.ts";
import { closingError, type Place } from "./engineQueue.ts";
import { encodePrompt, promptField, promptFits } from "./prompt.ts";
import { toSampling } from "./sampling.ts";
import type { Speed } from "./speed.ts";
import { checkStops } from "./stops.ts";
import type { UsageRecorder } from "./usageRecorder.ts";

export interface ChatOptions {
  readonly models: ServedModels;
  readonly usage: UsageRecorder;
  readonly speed: Speed;
  /** Requests that may wait for an engine; more are refused with `overloaded`. */
  readonly maxWaiting: number;
}

/** How long clients are told to wait, at most. */
const MAX_RETRY_MS = 60_000;

export class NodeChatService implements ChatService {
  readonly #options: ChatOptions;
  readonly #running = new Set<Promise<unknown>>();
  readonly #shutdown = new AbortController();
  #preparing = 0;
  #draining = false;
  #lastCache: CacheCounters | null = null;

  constructor(options: ChatOptions) {
    this.#options = options;
  }

  /** What the expert cache held after the last answer. */
  get lastCache(): CacheCounters | null {
    return this.#lastCache;
  }

  load(): { readonly running: number; readonly waiting: number } {
    const { running, waiting } = this.#options.models.load();
    return { running, waiting: waiting + this.#preparing };
  }

  async prepare(
    request: ChatRequest,
    signal?: AbortSignal,
    onProgress?: (progress: ChatProgress) => void,
  ): Promise<PreparedChat> {
    if (this.#draining) throw closingError();
    const { models, maxWaiting } = this.#options;
    const model = models.require(request.model);
    if (this.load().waiting >= maxWaiting) throw this.#overloaded();
    this.#preparing += 1;
    try {
      const { spec, sampling: found } = model.state.model;
      const sampling = toSampling(request.sampling ?? {}, found.sampling, spec.vocabSize);
      const topK = request.topKExperts ?? model.topK;
      checkTopK(spec, topK, "topKExperts");
      const stop = checkStops(request.stop);
      const ids = await encodePrompt(model.text, request.input, signal);
      const rest = promptFits(ids.length, spec.maxPositions, promptField(request.input));
      const maxTokens = Math.min(request.maxTokens ?? rest, rest);
      const variant = { useMoe: request.useMoe ?? true, topK };
      const place = await model.pool.reserve(variant, signal, () => onProgress?.({ stage: "loading" }));
      if (this.#draining) {
        place.end();
        throw closingError();
      }
      const generation = {
        ids,
        maxTokens,
        sampling,
        stop,
        stopIds: model.text.eosIds,
        continues: "prompt" in request.input,
        ...(request.sessionKey !== undefined && { sessionKey: request.sessionKey }),
      };
      return this.#prepared(request, place, model.served.id, generation);
    } finally {
      this.#preparing -= 1;
    }
  }

  /**
   * Refuses new requests, lets running ones end, and after `graceMs` ends them with `node_closing`. Resolves when none is
   * left. May be called twice.
   */
  async drain(graceMs: number): Promise<void> {
    this.#draining = true;
    const timer = setTimeout(() => this.#shutdown.abort(closingError()), graceMs);
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
    clearTimeout(timer);
  }

  #prepared(
    request: ChatRequest,
    place: Place,
    servedId: string,
    generation: Parameters<typeof chatRun>[0]["generation"] & { readonly sampling: ResolvedSamplingOptions },
  ): PreparedChat {
    const { models, usage, speed } = this.#options;
    const { text } = models.require(request.model);
    const run = (signal: AbortSignal, onProgress?: (progress: ChatProgress) => void) =>
      chatRun(
        {
          place,
          generation,
          decoder: text.decoder,
          routing: request.routing ?? false,
          usage,
          speed,
          onCache: (cache) => {
            this.#lastCache = cache;
          },
        },
        AbortSignal.any([signal, this.#shutdown.signal]),
        onProgress,
      );
    let begun = false;
    return {
      model: servedId,
      promptTokens: generation.ids.length,
      maxTokens: generation.maxTokens,
      temperature: generation.sampling.temperature,
      topP: generation.sampling.topP,
      stateRoot: place.state.stateRoot,
      precision: place.engine.options.precision,
      run: (signal, onProgress) => {
        begun = true;
        return this.#tracked(run(signal, onProgress), place);
      },
      release: () => {
        if (!begun) place.end();
      },
    };
  }

  /** Known to `drain` until it is over, whoever ends it. */
  #tracked<T>(events: AsyncGenerator<T, void, undefined>, place: Place): AsyncGenerator<T, void, undefined> {
    const over = Promise.withResolvers<void>();
    return watchEvents(events, {
      begin: () => this.#running.add(over.promise),
      end: () => {
        place.end();
        this.#running.delete(over.promise);
        over.resolve();
      },
    });
  }

  #overloaded(): AiBlockError {
    const { running, waiting } = this.load();
    const meanMs = this.#options.speed.meanAnswerMs();
    const retryAfterMs = Math.round(Math.min(MAX_RETRY_MS, Math.max(1000, (waiting / Math.max(1, running)) * meanMs)));
    return new AiBlockError("overloaded", `${waiting} requests are waiting already; try again later`, {
      retryAfterMs,
      waiting,
      running,
    });
  }
}
