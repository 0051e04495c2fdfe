/** A generation as its caller sees it: what may be asked for, and the events that come from the worker. */
import type { SamplingOptions } from "../sampling/options.ts";
import type { GenerateEvent } from "./protocol.ts";
import { EVENTS_AHEAD } from "./sequence.ts";
import type { WorkerClient } from "./workerClient.ts";

/** Events taken are told to the worker by so many: a part of those that it lets wait, so that it never pauses for it. */
const TAKEN_AT_ONCE = EVENTS_AHEAD / 4;

export interface GenerateOptions {
  /** The prompt: token ids, at least one. */
  readonly ids: readonly number[];
  /** Most tokens to generate, 0 or more; the model's longest sequence is a limit as well. */
  readonly maxTokens: number;
  /** Default: temperature 1, nothing cut off. `{ temperature: 0 }` is greedy. */
  readonly sampling?: SamplingOptions;
  /** The answer ends before any of these, for example the end-of-sequence ids. Default: none. */
  readonly stopIds?: readonly number[];
  /**
   * Names a conversation: its next generation takes over what the last one has computed of the same beginning. Only
   * generations with the same key share anything.
   */
  readonly sessionKey?: string;
  /** Report the experts that each token went through. Default `false`. */
  readonly routing?: boolean;
  /** Emit a `trace` event for every fed position. Default `false`; for inspection, slow. */
  readonly trace?: boolean;
  /** Told how many of `ids` are computed, after every step that leaves some: never for a prompt that fits into one. */
  readonly onPrompt?: (computed: number) => void;
  readonly signal?: AbortSignal;
}

/** See `Engine.generate`. */
export async function* generate(
  worker: WorkerClient,
  options: GenerateOptions,
): AsyncGenerator<GenerateEvent, void, undefined> {
  const { ids, maxTokens, sampling = {}, stopIds = [], sessionKey, routing = false, trace = false } = options;
  const { onPrompt, signal } = options;
  const queue: GenerateEvent[] = [];
  let wake: () => void = () => {};
  let over = false;
  let taken = 0;
  const call = worker.call(
    "generate",
    { ids, maxTokens, sampling, stopIds, sessionKey, routing, trace, promptProgress: onPrompt !== undefined },
    {
      signal,
      onPrompt,
      onEvent: (event) => {
        queue.push(event);
        wake();
      },
    },
  );
  const ended = call.result.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  void ended.then(() => {
    over = true;
    wake();
  });
  try {
    for (;;) {
      const event = queue.shift();
      if (event !== undefined) {
        yield event;
        taken += 1;
        if (taken === TAKEN_AT_ONCE) {
          call.taken(taken);
          taken = 0;
        }
        continue;
      }
      if (over) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (queue.length > 0 || over) resolve();
      });
    }
    const failure = await ended;
    if (failure !== undefined) throw failure.error;
  } finally {
    call.abort();
    await ended;
  }
}
