/**
 * A model that answers: its engines, its tokenizer, and the state that they are on. When heads change, it takes up the
 * new state; what is in flight ends on its own.
 */
import type { Chain } from "../../chain/chain.ts";
import { errorMessage } from "../../core/errors.ts";
import type { Logger } from "../../core/logger.ts";
import type { EngineOptions } from "../../moe/engine/engine.ts";
import { openTextWorker, type TextWorker } from "../../moe/text/textWorker.ts";
import { EnginePool } from "../chat/enginePool.ts";
import { type ChainModel, readChainModel } from "./chainModel.ts";
import { PayloadTensors } from "./payloadTensors.ts";
import { checkNewVersions, readServedState, type ServedState } from "./servedState.ts";

/** On a machine that is busy with starting, the tokenizer alone may take seconds. */
const MAX_TEXT_CALL_MS = 30_000;

export interface RunnerOptions {
  readonly engine: Omit<EngineOptions, "source">;
  /** Requests that may wait, so prompts that may wait for the tokenizer. */
  readonly maxWaiting: number;
  readonly log: Logger;
  /** Told of each state before anything runs on it. */
  readonly onState: (state: ServedState) => void;
}

export class ModelRunner {
  readonly model: ChainModel;
  readonly pool: EnginePool;
  readonly text: TextWorker;
  readonly #chain: Chain;
  readonly #tensors: PayloadTensors;
  readonly #options: RunnerOptions;
  readonly #abort = new AbortController();
  #refreshing: Promise<void> | undefined;
  #again = false;
  #problem = "";
  #closing: Promise<void> | undefined;

  private constructor(
    chain: Chain,
    model: ChainModel,
    tensors: PayloadTensors,
    pool: EnginePool,
    text: TextWorker,
    options: RunnerOptions,
  ) {
    this.#chain = chain;
    this.model = model;
    this.#tensors = tensors;
    this.pool = pool;
    this.text = text;
    this.#options = options;
  }

  /**
   * Throws as `readChainModel`, `readServedState`, `checkNewVersions`, `createEngine` and `openTextWorker` do, and the
   * signal's reason; then nothing is left running.
   */
  static async open(chain: Chain, id: Uint8Array, options: RunnerOptions, signal: AbortSignal): Promise<ModelRunner> {
    const model = await readChainModel(chain, id);
    for (const sentence of model.sampling.ignored) options.log.warn({ model: model.idHex }, sentence);
    const tensors = new PayloadTensors(chain.payloads);
    const opened: { close(): Promise<void> }[] = [tensors];
    let runner: ModelRunner | undefined;
    try {
      const state = await readServedState(chain, model);
      options.onState(state);
      // Payloads are looked at, and the tokenizer's thread starts, while the engine loads.
      const [pool, text] = await bothOrNone(
        EnginePool.open(
          state,
          {
            tensors,
            engine: options.engine,
            log: options.log,
            // Heads that came while it was down could not be taken up.
            onRestarted: () => void runner?.refresh(),
          },
          signal,
        ),
        openTextWorker(model.manifest.files, { maxCallMs: MAX_TEXT_CALL_MS, maxWaiting: options.maxWaiting }, signal),
        checkNewVersions(state, undefined, tensors, signal),
      );
      opened.push(pool, text);
      runner = new ModelRunner(chain, model, tensors, pool, text, options);
      return runner;
    } catch (error) {
      for (const each of opened.reverse()) await each.close();
      throw error;
    }
  }

  /** What the next request runs on. */
  get state(): ServedState {
    return this.pool.main.state;
  }

  /** Experts per token, unless a request says otherwise. */
  get topK(): number {
    return this.pool.main.engine.options.topK;
  }

  /** Why it does not answer on the newest heads; empty when it does. */
  get problem(): string {
    const { failure } = this.pool;
    return failure === undefined ? this.#problem : `the engine is being started again: ${failure.message}`;
  }

  /** Looks whether heads have changed, and takes up what they make now. Resolves when that is done; never rejects. */
  refresh(): Promise<void> {
    this.#again = true;
    this.#refreshing ??= (async () => {
      while (this.#again && this.#closing === undefined) {
        this.#again = false;
        await this.#takeUp();
      }
      this.#refreshing = undefined;
    })();
    return this.#refreshing;
  }

  /** Ends what runs and closes everything. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      this.#abort.abort();
      await this.pool.close();
      await this.#refreshing;
      await this.text.close();
      await this.#tensors.close();
    })();
    return this.#closing;
  }

  async #takeUp(): Promise<void> {
    const { log, onState } = this.#options;
    try {
      const next = await readServedState(this.#chain, this.model);
      if (next.stateRoot !== this.state.stateRoot) {
        await checkNewVersions(next, this.state, this.#tensors, this.#abort.signal);
        onState(next);
        await this.pool.update(next, this.#abort.signal);
        log.info({ stateRoot: next.stateRoot }, "the model has new heads");
      }
      this.#problem = "";
    } catch (error) {
      if (this.#closing !== undefined) return;
      this.#problem = `new heads cannot be used: ${errorMessage(error)}`;
      log.warn({ err: error }, this.#problem);
    }
  }
}

/** Both results, once the check is done; if one of the three fails, what was opened is closed. */
async function bothOrNone<A extends { close(): Promise<void> }, B extends { close(): Promise<void> }>(
  a: Promise<A>,
  b: Promise<B>,
  check: Promise<void>,
): Promise<[A, B]> {
  const [first, second, checked] = await Promise.allSettled([a, b, check]);
  if (first.status === "fulfilled" && second.status === "fulfilled" && checked.status === "fulfilled") {
    return [first.value, second.value];
  }
  if (first.status === "fulfilled") await first.value.close();
  if (second.status === "fulfilled") await second.value.close();
  throw [checked, first, second].find((each) => each.status === "rejected")?.reason;
}
