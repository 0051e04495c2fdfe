/**
 * A `ChatService` that plays written answers token by token, for what a page has to stand that a real model does not
 * give on demand: script in its answer, thousands of tokens, a node that is full. Routing comes from a seeded generator.
 */
import type {
  ChatEvent,
  ChatProgress,
  ChatRequest,
  ChatService,
  ChatToken,
  ExpertShare,
} from "../../../../src/api/services/chat.ts";
import type { AiBlockError } from "../../../../src/core/errors.ts";
import { EXPERTS, type FixtureChain, LAYERS } from "./fixtureChain.ts";

const TOP_K = 2;

export interface FixtureChatControl {
  /** The answer to a question. */
  answer: (question: string) => string;
  /** Pause before each token; 0: a turn of the event loop. */
  tokenMs: number;
  /** After so many tokens of an answer the next one comes with a call of `onward`, however long a browser takes till then. */
  holdAfter: readonly number[];
  /**
   * What comes before the first token of an answer, each as long as it likes: the next one comes with a call of `onward`.
   * Loading comes before the answer's start.
   */
  progress: readonly ChatProgress[];
  /** Ends the waiting at a step of `progress` or of `holdAfter`, or the next one when none waits yet. */
  readonly onward: () => void;
  /** Thrown by the next requests, first one first. */
  readonly refusals: AiBlockError[];
  /** Tokens made since the start, over all answers. */
  tokensMade: number;
  /** Answers that were cut off by their reader. */
  aborted: number;
  readonly requests: ChatRequest[];
}

export function fixtureChat(chain: FixtureChain): { service: ChatService; control: FixtureChatControl } {
  const gate = new Gate();
  const control: FixtureChatControl = {
    answer: (question) => `You said: ${question}`,
    tokenMs: 12,
    holdAfter: [],
    progress: [],
    onward: gate.onward,
    refusals: [],
    tokensMade: 0,
    aborted: 0,
    requests: [],
  };
  let running = 0;
  const service: ChatService = {
    load: () => ({ running, waiting: 0 }),
    async prepare(request, signal = new AbortController().signal, tell) {
      const refusal = control.refusals.shift();
      if (refusal !== undefined) throw refusal;
      control.requests.push(request);
      const isLoading = ({ stage }: ChatProgress): boolean => stage === "loading";
      for (const progress of control.progress.filter(isLoading)) await gate.pass(signal, () => tell?.(progress));
      const question =
        "messages" in request.input ? (request.input.messages.at(-1)?.content ?? "") : request.input.prompt;
      const promptTokens = Math.ceil(JSON.stringify(request.input).length / 4);
      return {
        model: request.model ?? "demo",
        promptTokens,
        maxTokens: request.maxTokens ?? 1024,
        temperature: request.sampling?.temperature ?? 1,
        topP: request.sampling?.topP ?? 1,
        stateRoot: chain.stateRoot,
        precision: "f32",
        release() {},
        async *run(signal, onProgress) {
          running++;
          let finished = false;
          try {
            for (const progress of control.progress) {
              if (!isLoading(progress)) await gate.pass(signal, () => onProgress?.(progress));
            }
            yield* play(chain, control, gate, control.answer(question), promptTokens, request, signal);
            finished = true;
          } finally {
            running--;
            if (!finished) control.aborted++;
          }
        },
      };
    },
  };
  return { service, control };
}

async function* play(
  chain: FixtureChain,
  control: FixtureChatControl,
  gate: Gate,
  text: string,
  promptTokens: number,
  request: ChatRequest,
  signal: AbortSignal,
): AsyncGenerator<ChatEvent, void, undefined> {
  const startedMs = performance.now();
  const router = new FixtureRouter(text);
  const pieces = text.match(/\s?[^\s]{1,6}|\s/gu) ?? [];
  const limit = request.maxTokens ?? pieces.length;
  let firstTokenMs = 0;
  for (const [i, piece] of pieces.slice(0, limit).entries()) {
    await (control.holdAfter.includes(i) ? gate.pass(signal) : pause(control.tokenMs, signal));
    firstTokenMs ||= performance.now() - startedMs;
    control.tokensMade++;
    const token: ChatToken = {
      id: piece.length,
      bytes: [...Buffer.from(piece)],
      ...(request.routing && { routing: router.next() }),
    };
    yield { type: "text", text: piece, tokens: [token] };
  }
  const decodeMs = performance.now() - startedMs - firstTokenMs;
  yield {
    type: "done",
    finishReason: limit < pieces.length ? "length" : "stop",
    usage: { promptTokens, completionTokens: Math.min(limit, pieces.length), cachedTokens: promptTokens > 60 ? 48 : 0 },
    timings: {
      queueMs: 0.4,
      firstTokenMs,
      decodeMs,
      tokensPerSecond: (1000 * (pieces.length - 1)) / Math.max(decodeMs, 1),
    },
    experts: router.shares(chain),
    cache: { hits: 212, loads: 9, evictions: 0, prefetches: 14, bytes: 12_611_584, budgetBytes: 64 * 1024 * 1024 },
  };
}

/** Prefers a few experts of each layer, more so for some texts, as a trained router does. */
class FixtureRouter {
  readonly #mass = Array.from({ length: LAYERS }, () => new Float64Array(EXPERTS));
  readonly #tokens = Array.from({ length: LAYERS }, () => new Uint32Array(EXPERTS));
  #state: number;

  constructor(text: string) {
    this.#state = [...text].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) >>> 0, 7);
  }

  next(): NonNullable<ChatToken["routing"]> {
    return Array.from({ length: LAYERS }, (_, layer) => {
      const favourite = (layer * 3 + (this.#random() < 0.45 ? 1 : 4)) % EXPERTS;
      const first = this.#random() < 0.6 ? favourite : Math.floor(this.#random() * EXPERTS);
      const second = (first + 1 + Math.floor(this.#random() * (EXPERTS - 1))) % EXPERTS;
      const weight = 0.52 + this.#random() * 0.4;
      const experts = [first, second].slice(0, TOP_K);
      const weights = [weight, 1 - weight];
      for (const [i, expert] of experts.entries()) {
        this.#mass[layer]![expert]! += weights[i]!;
        this.#tokens[layer]![expert]! += 1;
      }
      return { layer, experts, weights };
    });
  }

  shares(chain: FixtureChain): ExpertShare[] {
    return this.#mass.flatMap((row, layer) => {
      const total = row.reduce((sum, mass) => sum + mass, 0);
      return [...row].flatMap((gateMass, expert) => {
        if (gateMass === 0) return [];
        const slot = `layer${layer}.expert${expert}`;
        const { idHex, header } = chain.headOf(slot);
        const author = Buffer.from(header.author).toString("hex");
        return [
          {
            slot,
            layer,
            expert,
            block: idHex,
            author,
            tokens: this.#tokens[layer]![expert]!,
            gateMass,
            share: gateMass / total,
          },
        ];
      });
    });
  }

  #random(): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return this.#state / 2 ** 32;
  }
}

/** Where answers wait for the test. */
class Gate {
  #open: () => void = () => {};
  #steps = 0;

  readonly onward = (): void => {
    this.#steps++;
    this.#open();
  };

  /** The test learns of the wait by what `begin` does, or by the page. */
  async pass(signal: AbortSignal, begin?: () => void): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#open = resolve;
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    begin?.();
    if (this.#steps > 0) resolve();
    await promise;
    this.#steps--;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal.addEventListener("abort", stop, { once: true });
  });
}
