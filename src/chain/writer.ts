/**
 * The one place that writes. Blocks and jobs wait in a queue; a loop takes blocks in groups, checks each in its place,
 * applies it, and stores the group in one durable batch. While a batch is being written, the next group is worked on,
 * reading through what is not on disk yet. A caller hears of acceptance only after the batch is on disk.
 *
 * After a failed write nothing is accepted until `reset` has given the writer a freshly opened database.
 */
import { BoundedMap } from "../core/boundedMap.ts";
import { toHex } from "../core/bytes.ts";
import type { Clock } from "../core/clock.ts";
import { errorMessage } from "../core/errors.ts";
import type { Block } from "./block/block.ts";
import type { Header } from "./block/header.ts";
import type { ModelRules } from "./model/modelRules.ts";
import { type Placed, type Placement, placeBlocks } from "./placement.ts";
import { idOfKey, readBlock } from "./store/blockRows.ts";
import { commitPoint } from "./store/commitPoints.ts";
import type { Database, RowReader } from "./store/database.ts";
import { keyOf } from "./store/keySpaces.ts";
import { textOfKey } from "./store/keyText.ts";
import { RowCache } from "./store/rowCache.ts";
import { Transaction } from "./store/transaction.ts";
import { ignore, type Verdict } from "./verdict.ts";

const MAX_GROUP_BLOCKS = 1024;
const MAX_CACHED_HEADERS = 8192;

export interface WriterEvents extends Pick<Placement, "rulesOf" | "isAttested" | "receivedAtMs"> {
  /** The blocks of one batch, on disk. */
  onStored(blocks: readonly Block[]): void;
}

export interface WriterOptions {
  /** Default true. A replay of stored blocks comes in another order, in which quotas could be exceeded for a moment. */
  readonly enforceQuotas?: boolean;
}

interface WaitingBlock {
  readonly block: Block;
  readonly resolve: (verdict: Verdict) => void;
}

/** Work that needs the store to itself; what it changes in `rows` is stored when it returns. */
export type Job = (rows: Transaction) => Promise<void>;

interface WaitingJob {
  readonly job: Job;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class Writer {
  /** Rules of every model stored here, by the hex id of its meta block. */
  readonly models = new Map<string, ModelRules>();
  /** Rows as they will be once everything under way is stored. */
  readonly rows: RowReader = {
    get: (key, text = textOfKey(key)) => {
      const change = this.#inFlight?.changed(key, text);
      if (change !== undefined) return change ?? undefined;
      return this.#cache.get(text, () => this.#database.get(key));
    },
  };
  readonly #events: WriterEvents;
  readonly #placement: Placement;
  readonly #headers = new BoundedMap<string, Header>(MAX_CACHED_HEADERS);
  readonly #cache = new RowCache();
  #database: Database;
  #queue: (WaitingBlock | WaitingJob)[] = [];
  #inFlight: Transaction | undefined;
  #writing: Promise<void> = Promise.resolve();
  #running: Promise<void> | undefined;
  #failure: unknown;

  constructor(database: Database, clock: Clock, events: WriterEvents, options: WriterOptions = {}) {
    this.#database = database;
    this.#events = events;
    this.#placement = {
      ...events,
      clock,
      enforceQuotas: options.enforceQuotas ?? true,
      models: this.models,
      header: (id, rows) => this.header(id, rows),
      childrenOf: (id, rows) => this.#childrenOf(id, rows),
      onApplied: ({ idHex, header }) => this.#headers.set(idHex, header),
    };
  }

  /** What the last failed write threw, until `reset`. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Queues a block whose signature is valid; resolves when its fate is on disk. Never rejects. */
  add(block: Block): Promise<Verdict> {
    return new Promise((resolve) => this.#enqueue({ block, resolve }));
  }

  /** Queues `job`; resolves when what it changed is on disk. Rejects with what the job or the write throws. */
  exclusively(job: Job): Promise<void> {
    return new Promise((resolve, reject) => this.#enqueue({ job, resolve, reject }));
  }

  /** Goes on with a freshly opened database after a failed write. */
  reset(database: Database): void {
    this.#database = database;
    this.#cache.clear();
    this.#failure = undefined;
  }

  /** Resolves when nothing is queued or under way. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** The header of a block that is stored or about to be, as `rows` have it. */
  header(id: Uint8Array, rows: RowReader = this.rows): Header | undefined {
    const idHex = toHex(id);
    const cached = this.#headers.get(idHex);
    if (cached !== undefined) return cached;
    const header = readBlock(rows, id)?.header;
    if (header !== undefined) this.#headers.set(idHex, header);
    return header;
  }

  #enqueue(waiting: WaitingBlock | WaitingJob): void {
    this.#queue.push(waiting);
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    // A turn of the event loop first, so that callers of the same tick share a group.
    await new Promise(setImmediate);
    while (this.#queue.length > 0) {
      const next = this.#queue[0] as WaitingBlock | WaitingJob;
      if ("job" in next) {
        this.#queue.shift();
        await this.#runJob(next);
      } else {
        await this.#runGroup(this.#takeGroup());
      }
    }
    await this.#writing;
    this.#running = this.#queue.length > 0 ? this.#run() : undefined;
  }

  #takeGroup(): WaitingBlock[] {
    const end = this.#queue.findIndex((each, i) => "job" in each || i === MAX_GROUP_BLOCKS);
    return this.#queue.splice(0, end === -1 ? this.#queue.length : end) as WaitingBlock[];
  }

  async #runJob({ job, resolve, reject }: WaitingJob): Promise<void> {
    await this.#writing;
    try {
      if (this.#failure !== undefined) throw this.#failure;
      const rows = new Transaction(this.#database);
      await job(rows);
      await this.#store(rows);
      resolve();
    } catch (error) {
      reject(error);
    } finally {
      this.#headers.clear();
    }
  }

  async #runGroup(group: readonly WaitingBlock[]): Promise<void> {
    if (this.#failure !== undefined) return refuse(group, this.#failure);
    const rows = new Transaction(this.rows);
    const placed = await placeBlocks(
      group.map(({ block }) => block),
      rows,
      this.#placement,
    );
    commitPoint("block:validated");
    await this.#writing;
    if (this.#failure !== undefined) return this.#undo(group, placed.accepted);
    this.#inFlight = rows;
    this.#writing = this.#write(rows, group, placed);
  }

  async #write(rows: Transaction, group: readonly WaitingBlock[], { verdicts, accepted }: Placed): Promise<void> {
    try {
      await this.#store(rows);
      commitPoint("block:written");
    } catch {
      this.#undo(group, accepted);
      return;
    } finally {
      if (this.#inFlight === rows) this.#inFlight = undefined;
    }
    for (const { block, resolve } of group) resolve(verdicts.get(block.idHex) as Verdict);
    if (accepted.length > 0) this.#tell(accepted);
  }

  async #store(rows: Transaction): Promise<void> {
    try {
      await this.#database.write(rows.changes());
      // Before `#inFlight` is let go, so that nobody reads an older row in between.
      this.#cache.onWritten(rows.changesByText());
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  /** A listener's mistake is nobody's but its own: it is thrown where no writer is on the stack. */
  #tell(accepted: readonly Block[]): void {
    try {
      this.#events.onStored(accepted);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  #undo(group: readonly WaitingBlock[], accepted: readonly Block[]): void {
    this.#headers.clear();
    for (const block of accepted) this.models.delete(block.idHex);
    refuse(group, this.#failure);
  }

  async #childrenOf(id: Uint8Array, rows: Transaction): Promise<Uint8Array[]> {
    await this.#writing;
    const prefix = keyOf("children", id);
    const children = [...rows.putsWithPrefix(prefix)].map(idOfKey);
    for await (const [key] of this.#database.scan(prefix)) children.push(idOfKey(key));
    return children;
  }
}

function refuse(group: readonly WaitingBlock[], failure: unknown): void {
  for (const { resolve } of group) resolve(ignore("store_unavailable", errorMessage(failure)));
}
