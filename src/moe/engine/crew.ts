/**
 * The engine's computing threads. The leader holds the first shards itself and drives a worker for each of the others'.
 *
 * Every method that computes returns when all shards are done. Results depend on the number of shards, not on the number
 * of threads: the leader can hold all of them.
 */
import { receiveMessageOnPort } from "node:worker_threads";
import { AiBlockError } from "../../core/errors.ts";
import type { ModelSpec } from "../model/spec.ts";
import type { CrewOptions, FeedForwardGroup, KernelSource, LoadMessage, OpenMessage } from "./crewMessages.ts";
import { type BatchSequence, createExchange, type Exchange, writeBatch } from "./exchange.ts";
import type { KernelKind } from "./executor.ts";
import { enlist, type FollowerLink } from "./followers.ts";
import { awaitFollowers, giveCommand, OPERATIONS, type Operation, OUTCOMES } from "./lockstep.ts";
import { ShardGroup } from "./shardGroup.ts";
import { addRow, addSummands } from "./summing.ts";
import type { Share, Weights } from "./weights.ts";

interface Follower extends FollowerLink {
  readonly shards: readonly number[];
}

export class Crew {
  readonly exchange: Exchange;
  readonly #spec: ModelSpec;
  readonly #shards: number;
  readonly #own: ShardGroup;
  readonly #followers: readonly Follower[];
  readonly #normsMeet: boolean;
  #rows = 0;
  #closed = false;

  constructor(options: CrewOptions) {
    const { spec, shards, followers, preparedFolder, workFolder, executionProvider } = options;
    this.#spec = spec;
    this.#shards = shards;
    this.exchange = createExchange(spec, options);
    const { exchange } = this;
    const shardsOf = (thread: number): number[] =>
      Array.from({ length: shards }, (_, shard) => shard).filter((shard) => shard % (followers.length + 1) === thread);
    const group = { spec, exchange, preparedFolder, workFolder, executionProvider };
    this.#own = new ShardGroup({ ...group, shards: shardsOf(0) });
    this.#followers = followers.map((follower, i) => {
      const own = shardsOf(i + 1);
      enlist(follower, { ...group, shards: own });
      return { ...follower, shards: own };
    });
    this.#normsMeet = spec.attention.kind === "heads" && spec.attention.queryKeyNorm === "all" && shards > 1;
  }

  /** Makes a kernel in every shard. When quantised and prepared before, its weights are not read at all. */
  async load(kernel: number, kind: KernelKind, { version, bits, read }: KernelSource): Promise<void> {
    const message = { kernel, kind, version, bits };
    if (bits !== undefined && this.#open(message)) return;
    const weightsOf = await read();
    try {
      this.#load(message, weightsOf);
    } catch (error) {
      this.unload(kernel);
      throw error;
    }
  }

  #load(message: OpenMessage, weightsOf: (share: Share) => Weights): void {
    const ofShard = (shard: number): Weights => weightsOf({ shard, shards: this.#shards });
    for (const { port, shards } of this.#followers) {
      const weights = new Map(shards.map((shard) => [shard, compact(ofShard(shard))]));
      const buffers = [...weights.values()].flatMap((all) => [...all.values()].map(({ data }) => data.buffer));
      port.postMessage({ ...message, weights } satisfies LoadMessage, buffers as ArrayBuffer[]);
    }
    this.#run(OPERATIONS.load, 0, 0, () => this.#own.load(message, ofShard));
  }

  #open(message: OpenMessage): boolean {
    for (const { port } of this.#followers) port.postMessage(message);
    let own = false;
    const others = this.#run(OPERATIONS.open, 0, 0, () => {
      own = this.#own.open(message);
    });
    if (own && others) return true;
    this.unload(message.kernel);
    return false;
  }

  unload(kernel: number): void {
    this.#run(OPERATIONS.unload, kernel, 0);
  }

  /** Forgets a sequence's positions from `length` on; 0 releases its caches. */
  truncate(sequence: number, length: number): void {
    this.#run(OPERATIONS.truncate, sequence, length);
  }

  beginStep(batch: readonly BatchSequence[]): void {
    this.#rows = batch.reduce((total, { rows }) => total + rows, 0);
    writeBatch(this.exchange, batch);
    this.#run(OPERATIONS.beginStep, 0, 0);
  }

  attend(kernel: number, layer: number): void {
    if (this.#normsMeet) {
      this.#run(OPERATIONS.project, kernel, layer);
      this.#run(OPERATIONS.attend, kernel, layer);
    } else this.#run(OPERATIONS.projectAndAttend, kernel, layer);
  }

  /** Runs kernels on rows of `exchange.normed`; `addOutputs` then adds what they gave. */
  feedForward(groups: readonly FeedForwardGroup[]): void {
    this.#list(groups);
    this.#run(OPERATIONS.feedForward, groups.length, 0);
  }

  /** Logits of `rows` into `exchange.logits`, in their order. */
  head(kernel: number, rows: readonly number[]): void {
    this.exchange.headRows.set(rows);
    this.#run(OPERATIONS.head, kernel, rows.length);
  }

  /** Adds the shards' summands of attention, in the order of the shards, to the residual stream. */
  addAttention(factor: number): void {
    const { hidden, partial } = this.exchange;
    addSummands(hidden, partial, this.#rows * this.#spec.hiddenSize, factor);
  }

  /** Adds the outputs of groups, each times the factor of its row, in the order of the groups to the residual stream. */
  addOutputs(groups: readonly FeedForwardGroup[]): void {
    this.#list(groups);
    this.#run(OPERATIONS.addOutputs, groups.length, 0);
  }

  #list(groups: readonly FeedForwardGroup[]): void {
    const { exchange } = this;
    for (const [i, { kernel, first, rows, weights }] of groups.entries()) {
      exchange.groups.set([kernel, first, rows.length], 3 * i);
      exchange.assignedRows.set(rows, first);
      exchange.assignedWeights.set(weights, first);
    }
  }

  /** Output of one group, summed over the shards: [rows][hiddenSize]. */
  outputOf({ first, rows }: FeedForwardGroup): Float32Array {
    const size = this.#spec.hiddenSize;
    const out = new Float32Array(rows.length * size);
    addRow(out, 0, this.exchange.outputs, first * size, out.length, 1);
    return out;
  }

  /** What this thread's shards hold, for tests that look for leaks. */
  held(): { readonly kernels: number; readonly sequences: number; readonly sessions: number } {
    return this.#own.held();
  }

  /** Followers then end by themselves. May be called twice. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#followers.length > 0) giveCommand(this.exchange.control, OPERATIONS.close, 0, 0);
    this.#own.close();
    for (const { port } of this.#followers) port.close();
  }

  /**
   * @param own what the leader does for its own shards; by default the same
   * Returns whether all followers did it, `false` when one refused. Throws when one failed.
   */
  #run(operation: Operation, first: number, second: number, own?: () => void): boolean {
    const { control } = this.exchange;
    const followers = this.#followers.length;
    if (followers > 0) giveCommand(control, operation, first, second);
    let failure: unknown;
    try {
      if (own === undefined) this.#own.run(operation, first, second);
      else own();
    } catch (error) {
      failure = error;
    }
    // The followers must be done before the error is passed on: they read the same memory.
    const outcome = followers === 0 ? OUTCOMES.done : awaitFollowers(control, followers);
    if (failure !== undefined) throw failure;
    if (outcome >= OUTCOMES.failed) throw this.#followerError();
    return outcome === OUTCOMES.done;
  }

  #followerError(): AiBlockError {
    for (const { port } of this.#followers) {
      const message = receiveMessageOnPort(port)?.message as { code: string; text: string } | undefined;
      if (message !== undefined) return new AiBlockError(message.code, message.text);
    }
    return new AiBlockError("engine_thread_failed", "a computing thread failed without saying why");
  }
}

/** Copies that own their memory alone, so that they can be handed to another thread. */
function compact(weights: Weights): Weights {
  return new Map([...weights].map(([name, { data, shape }]) => [name, { data: data.slice(), shape }]));
}
