/** The shards of one computing thread: each operation runs on all of them, one after the other. */
import type { ModelSpec } from "../model/spec.ts";
import type { Exchange } from "./exchange.ts";
import { Executor, type KernelKind } from "./executor.ts";
import { OPERATIONS, type Operation } from "./lockstep.ts";
import { SINGLE_THREADED } from "./ort.ts";
import { SessionPool } from "./sessionPool.ts";
import type { Weights } from "./weights.ts";

interface Member {
  readonly shard: number;
  readonly sessions: SessionPool;
  readonly executor: Executor;
}

export class ShardGroup {
  readonly #members: readonly Member[];

  constructor(spec: ModelSpec, exchange: Exchange, shards: readonly number[]) {
    this.#members = shards.map((shard) => {
      const sessions = new SessionPool(SINGLE_THREADED);
      const share = { shard, shards: exchange.sizes.shards };
      return { shard, sessions, executor: new Executor({ spec, share, exchange, sessions }) };
    });
  }

  load(kernel: number, kind: KernelKind, weightsOf: (shard: number) => Weights): void {
    for (const { shard, executor } of this.#members) executor.load(kernel, kind, weightsOf(shard));
  }

  /** Everything but `message` and `close`. The arguments are those that `Crew` gives. */
  run(operation: Operation, first: number, second: number): void {
    for (const { executor } of this.#members) BY_NUMBER.get(operation)?.(executor, first, second);
  }

  held(): { readonly kernels: number; readonly sequences: number; readonly sessions: number } {
    const sum = (of: (member: Member) => number): number => this.#members.reduce((total, m) => total + of(m), 0);
    return {
      kernels: sum(({ executor }) => executor.kernelCount),
      sequences: sum(({ executor }) => executor.sequenceCount),
      sessions: sum(({ sessions }) => sessions.sessionCount),
    };
  }

  close(): void {
    for (const { sessions } of this.#members) sessions.close();
  }
}

type Run = (executor: Executor, first: number, second: number) => void;

const RUN: { readonly [O in Exclude<keyof typeof OPERATIONS, "message" | "close">]: Run } = {
  beginStep: (executor) => executor.beginStep(),
  project: (executor, kernel) => executor.project(kernel),
  attend: (executor, kernel, layer) => executor.attend(kernel, layer),
  projectAndAttend: (executor, kernel, layer) => {
    executor.project(kernel);
    executor.attend(kernel, layer);
  },
  feedForward: (executor, groups) => executor.feedForward(groups),
  head: (executor, kernel, rows) => executor.head(kernel, rows),
  truncate: (executor, sequence, length) => executor.truncate(sequence, length),
  unload: (executor, kernel) => executor.unload(kernel),
};

const BY_NUMBER = new Map<number, Run>(
  Object.entries(RUN).map(([name, run]) => [OPERATIONS[name as keyof typeof OPERATIONS], run]),
);
