/** The shards of one computing thread: each operation runs on all of them, one after the other. */
import type { ModelSpec } from "../model/spec.ts";
import type { OpenMessage } from "./crewMessages.ts";
import type { Exchange } from "./exchange.ts";
import { Executor } from "./executor.ts";
import { OPERATIONS, type Operation } from "./lockstep.ts";
import type { ExecutionProvider } from "./ort.ts";
import type { PreparedShare, StoredBits } from "./preparedFile.ts";
import { PreparedStore } from "./preparedStore.ts";
import { SessionPool } from "./sessionPool.ts";
import type { Share, Weights } from "./weights.ts";

/** Plain data, so that it can be handed to another thread. */
export interface ShardGroupOptions {
  readonly spec: ModelSpec;
  readonly exchange: Exchange;
  /** Numbers of the shards that this thread holds. */
  readonly shards: readonly number[];
  /** Where prepared matrices lie; only needed if there will be any. */
  readonly preparedFolder: string | undefined;
  /** For files that are not finished. */
  readonly workFolder: string;
  readonly executionProvider: ExecutionProvider;
}

interface Member {
  readonly share: Share;
  readonly sessions: SessionPool;
  readonly executor: Executor;
}

export class ShardGroup {
  readonly #members: readonly Member[];
  readonly #folder: string | undefined;
  readonly #workFolder: string;
  readonly #stores = new Map<StoredBits, PreparedStore>();

  constructor({ spec, exchange, shards, preparedFolder, workFolder, executionProvider }: ShardGroupOptions) {
    this.#folder = preparedFolder;
    this.#workFolder = workFolder;
    this.#members = shards.map((shard) => {
      const sessions = new SessionPool({ executionProvider, threads: 1 }, preparedFolder);
      const share = { shard, shards: exchange.sizes.shards };
      return { share, sessions, executor: new Executor({ spec, share, exchange, sessions }) };
    });
  }

  /** Makes a kernel of shares that were prepared before; `false`, and nothing made, when one of them was not. */
  open({ kernel, kind, version, bits }: OpenMessage): boolean {
    const store = this.#store(bits);
    const found = this.#members.map(({ share }) => store?.open(version, share));
    if (found.includes(undefined)) return false;
    for (const [i, { executor }] of this.#members.entries()) executor.load(kernel, kind, found[i] as PreparedShare);
    return true;
  }

  load({ kernel, kind, version, bits }: OpenMessage, weightsOf: (shard: number) => Weights): void {
    const store = this.#store(bits);
    for (const { share, executor } of this.#members) {
      const weights = weightsOf(share.shard);
      executor.load(kernel, kind, store?.prepare(version, share, weights) ?? { weights, matrices: new Map() });
    }
  }

  #store(bits: StoredBits | undefined): PreparedStore | undefined {
    if (bits === undefined || this.#folder === undefined) return undefined;
    const store =
      this.#stores.get(bits) ?? new PreparedStore({ folder: this.#folder, workFolder: this.#workFolder, bits });
    this.#stores.set(bits, store);
    return store;
  }

  /** Everything but `load`, `open` and `close`. The arguments are those that `Crew` gives. */
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

const RUN: { readonly [O in Exclude<keyof typeof OPERATIONS, "load" | "open" | "close">]: Run } = {
  beginStep: (executor) => executor.beginStep(),
  project: (executor, kernel) => executor.project(kernel),
  attend: (executor, kernel, layer) => executor.attend(kernel, layer),
  projectAndAttend: (executor, kernel, layer) => {
    executor.project(kernel);
    executor.attend(kernel, layer);
  },
  feedForward: (executor, groups) => executor.feedForward(groups),
  addOutputs: (executor, groups) => executor.addOutputs(groups),
  head: (executor, kernel, rows) => executor.head(kernel, rows),
  truncate: (executor, sequence, length) => executor.truncate(sequence, length),
  unload: (executor, kernel) => executor.unload(kernel),
};

const BY_NUMBER = new Map<number, Run>(
  Object.entries(RUN).map(([name, run]) => [OPERATIONS[name as keyof typeof OPERATIONS], run]),
);
