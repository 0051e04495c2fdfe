/**
 * What each version of an expert did on this node: events, and the counters that they add up to.
 *
 * Invariant: an event, its part in the counters and its number are one atomic batch, on disk before `record` resolves.
 * So after a crash the counters are the sum of exactly the events 1 to `sequence`. Old events are dropped, their part in
 * the counters stays.
 *
 * Counters are held in memory too (they change only here): reading them takes no disk access.
 */
import { readU64, u64 } from "../../core/bytes.ts";
import { SerialStore, type SerialStoreOptions } from "../store/serialStore.ts";
import type { Transaction } from "../store/transaction.ts";
import {
  addUsage,
  COUNTERS_PREFIX,
  counterKey,
  decodeCounter,
  decodeEvent,
  EVENTS_PREFIX,
  encodeCounter,
  encodeEvent,
  eventKey,
  SEQUENCE_KEY,
  type UsageEvent,
  type VersionUsage,
  versionOfKey,
} from "./usageRows.ts";

export interface UsageStoreOptions extends SerialStoreOptions {
  /** Events that are kept; default 1,000. */
  readonly maxEvents?: number;
}

export class UsageStore {
  readonly #store: SerialStore;
  readonly #maxEvents: number;
  readonly #counters = new Map<string, VersionUsage>();
  #sequence = 0;

  private constructor(store: SerialStore, maxEvents: number) {
    this.#store = store;
    this.#maxEvents = maxEvents;
  }

  /** Opens or creates the store in `folder`. Throws as `Database.open` does. */
  static async open(folder: string, options: UsageStoreOptions): Promise<UsageStore> {
    const store = await SerialStore.open(folder, options);
    const usage = new UsageStore(store, options.maxEvents ?? 1000);
    try {
      usage.#sequence = readSequence(store);
      for await (const [key, value] of store.scan(COUNTERS_PREFIX)) {
        usage.#counters.set(versionOfKey(key), decodeCounter(value));
      }
    } catch (error) {
      await store.close();
      throw error;
    }
    return usage;
  }

  /** Number of events ever recorded. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Counters by version (id of its block, 64 hex digits). Changes as events are recorded. */
  get counters(): ReadonlyMap<string, VersionUsage> {
    return this.#counters;
  }

  /** Resolves with the event's number when it is on disk. Throws `store_unavailable`, `disk_full`, `disk_read_only`. */
  async record(event: UsageEvent): Promise<number> {
    const recorded = await this.#store.apply((rows) => this.#fold(rows, event));
    for (const [version, usage] of recorded.counters) this.#counters.set(version, usage);
    this.#sequence = recorded.sequence;
    return recorded.sequence;
  }

  /** Events that are still kept, oldest first. */
  async *events(): AsyncGenerator<UsageEvent> {
    for await (const [, value] of this.#store.scan(EVENTS_PREFIX)) yield decodeEvent(value);
  }

  /** Waits for events under way. May be called twice. */
  close(): Promise<void> {
    return this.#store.close();
  }

  #fold(rows: Transaction, event: UsageEvent): { sequence: number; counters: Map<string, VersionUsage> } {
    const sequence = readSequence(rows) + 1;
    const counters = new Map<string, VersionUsage>();
    for (const [version, counts] of event.versions) {
      const key = counterKey(version);
      const row = rows.get(key);
      const usage = addUsage(row === undefined ? undefined : decodeCounter(row), counts, event.timeMs);
      rows.put(key, encodeCounter(usage));
      counters.set(version, usage);
    }
    rows.put(eventKey(sequence), encodeEvent(event));
    if (sequence > this.#maxEvents) rows.delete(eventKey(sequence - this.#maxEvents));
    rows.put(SEQUENCE_KEY, u64(sequence));
    return { sequence, counters };
  }
}

function readSequence(rows: { get(key: Uint8Array): Uint8Array | undefined }): number {
  const row = rows.get(SEQUENCE_KEY);
  return row === undefined ? 0 : readU64(row);
}
