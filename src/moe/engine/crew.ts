/**
 * The engine's computing threads, driven in step by the first of them.
 */
import type { ModelSpec } from "../model/spec.ts";
import { createExchange, type Exchange } from "./exchange.ts";
import { type BatchSequence, Executor, type KernelKind } from "./executor.ts";
import { SINGLE_THREADED } from "./ort.ts";
import type { Share, Weights } from "./prepare.ts";
import { SessionPool } from "./sessionPool.ts";

export interface CrewOptions {
  readonly spec: ModelSpec;
  readonly maxRows: number;
  readonly maxHeadRows: number;
}

/** One entry of feed-forward work: a kernel and the rows it gets, each with the factor of its output. */
export interface FeedForwardGroup {
  readonly kernel: number;
  readonly rows: ArrayLike<number>;
  readonly weights: ArrayLike<number>;
}

export class Crew {
  readonly exchange: Exchange;
  readonly threads = 1;
  readonly #sessions: SessionPool;
  readonly #executor: Executor;
  #rows = 0;

  constructor({ spec, maxRows, maxHeadRows }: CrewOptions) {
    this.exchange = createExchange(spec, { maxRows, maxHeadRows, threads: this.threads });
    this.#sessions = new SessionPool(SINGLE_THREADED);
    this.#executor = new Executor({
      spec,
      share: { rank: 0, threads: this.threads },
      exchange: this.exchange,
      sessions: this.#sessions,
      barrier: () => {},
    });
  }

  /** @param weightsOf the share of each thread */
  load(kernel: number, kind: KernelKind, weightsOf: (share: Share) => Weights): void {
    this.#executor.load(kernel, kind, weightsOf({ rank: 0, threads: this.threads }));
  }

  unload(kernel: number): void {
    this.#executor.unload(kernel);
  }

  truncate(sequence: number, length: number): void {
    this.#executor.truncate(sequence, length);
  }

  beginStep(batch: readonly BatchSequence[]): void {
    this.#rows = batch.reduce((total, { rows }) => total + rows, 0);
    this.#executor.beginStep(batch);
  }

  attend(kernel: number, layer: number): void {
    this.#executor.attend(kernel, layer);
  }

  /** Runs the groups in order; their sums replace the partial sums, or with `add` are added to them. */
  feedForward(groups: readonly FeedForwardGroup[], add: boolean): void {
    const { exchange } = this;
    let at = 0;
    for (const [i, { kernel, rows, weights }] of groups.entries()) {
      exchange.groups[2 * i] = kernel;
      exchange.groups[2 * i + 1] = rows.length;
      exchange.groupRows.set(rows, at);
      exchange.groupWeights.set(weights, at);
      at += rows.length;
    }
    this.#executor.feedForward(groups.length, this.#rows, add);
  }

  /** Logits of `rows` into `exchange.logits`, in their order. */
  head(kernel: number, rows: readonly number[]): void {
    this.exchange.headRows.set(rows);
    this.#executor.head(kernel, rows.length);
  }

  /** Adds the threads' sums to the residual stream. */
  addPartials(factor: number): void {
    const { hidden, partial } = this.exchange;
    const length = (hidden.length / this.exchange.sizes.maxRows) * this.#rows;
    for (const sums of partial) {
      for (let i = 0; i < length; i++) hidden[i]! += factor * (sums[i] as number);
    }
  }

  close(): void {
    this.#sessions.close();
  }
}
