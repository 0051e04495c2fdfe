/**
 * A small LevelDB with one writer: changes are made one after the other, each sees those before it, and many of them
 * share one durable batch. Who asked for a change hears of it when it is on disk.
 *
 * After a failed write the database is opened again as soon as the disk takes writes; until then changes are refused
 * with `store_unavailable`, and reads go on.
 */
import type { Clock } from "../../core/clock.ts";
import { AiBlockError, errorMessage } from "../../core/errors.ts";
import { Database, type RowReader, type ScanOptions } from "./database.ts";
import { freeBytes, requireWritable } from "./diskSpace.ts";
import { Transaction } from "./transaction.ts";

/** After a failed write, the database is opened again at most this often. */
const RECOVERY_INTERVAL_MS = 1000;
const MAX_GROUP = 1024;

export interface SerialStoreOptions {
  readonly clock: Clock;
  /** Nothing is stored while the disk has less. */
  readonly minFreeBytes: number;
}

export interface SerialStoreHooks {
  /**
   * Is called when the database has been opened again after a failed write: whether that write is on disk shows only then,
   * so what was read before has to be read again. No change is made before it resolves.
   */
  readonly onReopen?: () => Promise<void>;
}

interface Waiting {
  /** Makes the change; throws when it must not be made. */
  readonly change: (rows: Transaction) => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class SerialStore implements RowReader {
  readonly #folder: string;
  readonly #options: SerialStoreOptions;
  readonly #hooks: SerialStoreHooks;
  #database: Database;
  #queue: Waiting[] = [];
  #running: Promise<void> | undefined;
  #failure: unknown;
  #lastRecoveryMs = Number.NEGATIVE_INFINITY;
  #closing: Promise<void> | undefined;

  private constructor(folder: string, database: Database, options: SerialStoreOptions, hooks: SerialStoreHooks) {
    this.#folder = folder;
    this.#database = database;
    this.#options = options;
    this.#hooks = hooks;
  }

  /** Throws as `Database.open` does. */
  static async open(folder: string, options: SerialStoreOptions, hooks: SerialStoreHooks = {}): Promise<SerialStore> {
    return new SerialStore(folder, await Database.open(folder), options, hooks);
  }

  /** What is on disk. */
  get(key: Uint8Array): Uint8Array | undefined {
    return this.#database.get(key);
  }

  scan(prefix: Uint8Array, options?: ScanOptions): AsyncGenerator<[Uint8Array, Uint8Array]> {
    return this.#database.scan(prefix, options);
  }

  /** As `scan`, many rows at a time. */
  pages(prefix: Uint8Array, options?: ScanOptions): AsyncGenerator<[Uint8Array, Uint8Array][]> {
    return this.#database.pages(prefix, options);
  }

  /**
   * Makes a change and gives what `change` returned, once it is on disk. What `change` throws is thrown here, and then
   * nothing of it is stored. Throws `store_unavailable`, `disk_full`, `disk_read_only`.
   */
  apply<T>(change: (rows: Transaction) => T): Promise<T> {
    if (this.#closing !== undefined) return Promise.reject(unavailable(`${this.#folder}: it is closed`));
    return new Promise((resolve, reject) => {
      let result: T;
      this.#queue.push({
        change: (rows) => {
          result = change(rows);
        },
        resolve: () => resolve(result),
        reject,
      });
      this.#running ??= this.#run();
    });
  }

  /** Waits for changes under way. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      while (this.#running !== undefined) await this.#running;
      await this.#database.close();
    })();
    return this.#closing;
  }

  async #run(): Promise<void> {
    // A turn of the event loop first, so that callers of the same tick share a batch.
    await new Promise(setImmediate);
    while (this.#queue.length > 0) await this.#store(this.#queue.splice(0, MAX_GROUP));
    this.#running = undefined;
  }

  async #store(group: readonly Waiting[]): Promise<void> {
    const made: Waiting[] = [];
    try {
      await this.#requireWritable();
      const rows = new Transaction(this.#database);
      for (const waiting of group) if (makeChange(waiting, rows, group.length === 1)) made.push(waiting);
      if (made.length > 0 && rows.size > 0) await this.#write(rows);
    } catch (error) {
      // Those that were refused before have been told why; telling them again changes nothing.
      for (const { reject } of group) reject(error);
      return;
    }
    for (const { resolve } of made) resolve();
  }

  async #write(rows: Transaction): Promise<void> {
    try {
      await this.#database.write(rows.changes());
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  async #requireWritable(): Promise<void> {
    const { clock, minFreeBytes } = this.#options;
    const free = await freeBytes(this.#folder);
    if (free < minFreeBytes) {
      throw new AiBlockError("disk_full", `${this.#folder}: expected ${minFreeBytes} free bytes, got ${free}`);
    }
    if (this.#failure === undefined) return;
    const now = clock.monotonicMs();
    if (now - this.#lastRecoveryMs < RECOVERY_INTERVAL_MS) throw this.#refusal();
    this.#lastRecoveryMs = now;
    try {
      await requireWritable(this.#folder, await this.#database.bytesToReopen());
      await this.#database.close();
      this.#database = await Database.open(this.#folder);
      await this.#hooks.onReopen?.();
      this.#failure = undefined;
    } catch {
      throw this.#refusal();
    }
  }

  #refusal(): AiBlockError {
    return unavailable(`${this.#folder}: the last write failed (${errorMessage(this.#failure)}); trying again soon`);
  }
}

/**
 * Whether the change was made; if not, who asked has been told. One that is `alone` needs no layer of its own: when it is
 * refused, nothing is written at all.
 */
function makeChange({ change, reject }: Waiting, rows: Transaction, alone: boolean): boolean {
  const own = alone ? rows : new Transaction(rows);
  try {
    change(own);
  } catch (error) {
    reject(error);
    return false;
  }
  if (!alone) rows.absorb(own);
  return true;
}

function unavailable(message: string): AiBlockError {
  return new AiBlockError("store_unavailable", message);
}
