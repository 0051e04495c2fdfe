/** The model that the node serves, from loading to closing, and how clients find it. Everything is answered from memory. */
import type { ModelService, ServedModel } from "../../api/services/models.ts";
import type { Block } from "../../chain/block/block.ts";
import type { Chain } from "../../chain/chain.ts";
import { bytesEqual, excerpt } from "../../core/bytes.ts";
import { AiBlockError, errorMessage } from "../../core/errors.ts";
import { closingError } from "../chat/engineQueue.ts";
import { describeModel } from "./describeModel.ts";
import { ModelRunner, type RunnerOptions } from "./modelRunner.ts";

export interface RunningModel {
  readonly served: ServedModel;
  readonly state: ModelRunner["state"];
  readonly pool: ModelRunner["pool"];
  readonly text: ModelRunner["text"];
  readonly topK: number;
}

export class ServedModels implements ModelService {
  readonly #chain: Chain;
  readonly #options: RunnerOptions;
  #runner: ModelRunner | undefined;
  #served: ServedModel | undefined;
  #loading: Promise<void> | undefined;
  #failure: unknown;
  readonly #abort = new AbortController();
  #closing: Promise<void> | undefined;

  constructor(chain: Chain, options: RunnerOptions) {
    this.#chain = chain;
    this.#options = options;
  }

  get runner(): ModelRunner | undefined {
    return this.#runner;
  }

  /** Why the node cannot answer as it should; empty when it can. */
  get problem(): string {
    if (this.#failure !== undefined) return errorMessage(this.#failure);
    if (this.#runner === undefined) return "the model is being loaded";
    return this.#runner.problem;
  }

  /** Loads the model with this id (of its meta block). Throws as `ModelRunner.open` does; `close` ends it as well. */
  async serve(id: Uint8Array, signal: AbortSignal): Promise<void> {
    this.#failure = undefined;
    const ending = AbortSignal.any([signal, this.#abort.signal]);
    this.#loading = (async () => {
      try {
        this.#runner = await ModelRunner.open(this.#chain, id, this.#options, ending);
      } catch (error) {
        this.#failure = error;
        throw error;
      }
    })();
    try {
      await this.#loading;
    } finally {
      this.#loading = undefined;
    }
  }

  /** Blocks have been stored: heads may have changed. */
  onStored(blocks: readonly Block[]): void {
    const runner = this.#runner;
    if (runner === undefined) return;
    const ours = blocks.some(({ header }) => header.model !== null && bytesEqual(header.model, runner.model.id));
    if (ours) void runner.refresh();
  }

  /** A payload has been stored: a head that waited for it may be usable now. */
  onPayload(): void {
    if (this.#runner !== undefined) void this.#runner.refresh();
  }

  list(): readonly ServedModel[] {
    const served = this.#describe();
    return served === undefined ? [] : [served];
  }

  find(name?: string): ServedModel | undefined {
    const served = this.#describe();
    return served !== undefined && (name === undefined || name === served.id || name === served.model)
      ? served
      : undefined;
  }

  /** Throws `model_not_found`, `model_loading`, `node_closing`, or why the model could not be loaded. */
  require(name?: string): RunningModel {
    if (this.#closing !== undefined) throw closingError();
    const runner = this.#runner;
    if (runner === undefined) {
      if (this.#failure !== undefined) throw this.#failure;
      throw new AiBlockError("model_loading", "the model is being loaded; try again soon", { retryAfterMs: 1000 });
    }
    const served = this.find(name);
    if (served === undefined) {
      const ids = this.list().map(({ id }) => id);
      throw new AiBlockError("model_not_found", `model: expected one of ${ids.join(", ")}, got ${excerpt(name)}`, {
        parameter: "model",
        models: ids,
      });
    }
    const { state, pool, text, topK } = runner;
    return { served, state, pool, text, topK };
  }

  load(): { readonly running: number; readonly waiting: number } {
    const queues = this.#runner?.pool.queues ?? [];
    return {
      running: queues.reduce((sum, { running }) => sum + running, 0),
      waiting: queues.reduce((sum, { waiting }) => sum + waiting, 0),
    };
  }

  /** Ends the loading, or closes the model. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      this.#abort.abort(closingError());
      await this.#loading?.catch(() => undefined);
      await this.#runner?.close();
    })();
    return this.#closing;
  }

  #describe(): ServedModel | undefined {
    const runner = this.#runner;
    if (runner === undefined || this.#closing !== undefined) return undefined;
    const { state, pool, text } = runner;
    if (this.#served?.stateRoot === state.stateRoot) return this.#served;
    this.#served = { id: runner.model.manifest.name, ...describeModel(state, pool.main.engine, text) };
    return this.#served;
  }
}
