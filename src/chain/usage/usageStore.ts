/**
 * What each version of an expert did on this node: events, and the counters that they add up to.
 *
 * Invariant: events, their part in the counters and their numbers are one atomic batch, on disk before `record` resolves.
 * So after a crash the counters are the sum of exactly the events 1 to `sequence`, and opening reads counters only. Old
 * events are dropped, their part in the counters stays. Beyond `maxVersions` the counters of the version that was used
 * longest ago are dropped.
 *
 * Counters are held in memory too (they change only here): reading them takes no disk access, and events that come
 * together are added up there before their counters are written, once.
 */
import { readU64, u64 } from "../../core/bytes.ts";
import { GroupCommit, type Outcome, outcomeOf } from "../store/groupCommit.ts";
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
  /** Versions that are counted; default 100,000. */
  readonly maxVersions?: number;
}

type Counters = Map<string, VersionUsage>;

/** What a group of events changes. */
interface Folded {
  readonly sequence: number;
  /** In the order of last use, as all counters. */
  readonly changed: Counters;
  readonly dropped: readonly string[];
}

export class UsageStore {
  readonly #store: SerialStore;
  readonly #events: GroupCommit<UsageEvent, number>;
  readonly #maxEvents: number;
  readonly #maxVersions: number;
  /** The version that was used longest ago comes first. */
  #counters: Counters = new Map();
  #sequence = 0;
  #memberships = 0;
  #folded: Folded | undefined;

  private constructor(store: SerialStore, { maxEvents = 1000, maxVersions = 100_000 }: UsageStoreOptions) {
    this.#store = store;
    this.#maxEvents = maxEvents;
    this.#maxVersions = maxVersions;
    this.#events = new GroupCommit(store, {
      make: (rows, events) => this.#fold(rows, events),
      onStored: () => this.#takeOver(),
    });
  }

  /** Opens or creates the store in `folder`. Throws as `Database.open` does. */
  static async open(folder: string, options: UsageStoreOptions): Promise<UsageStore> {
    let usage: UsageStore;
    const store = await SerialStore.open(folder, options, { onReopen: () => usage.#load() });
    usage = new UsageStore(store, options);
    try {
      await usage.#load();
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

  /** Another number whenever a version has come or gone. */
  get memberships(): number {
    return this.#memberships;
  }

  /**
   * Resolves with the event's number when it is on disk. Throws `bad_value` or `bad_hash` for an event that makes no sense,
   * `store_unavailable`, `disk_full`, `disk_read_only`.
   */
  record(event: UsageEvent): Promise<number> {
    return this.#events.add(event);
  }

  /** Events that are still kept, oldest first. */
  async *events(): AsyncGenerator<UsageEvent> {
    for await (const [, value] of this.#store.scan(EVENTS_PREFIX)) yield decodeEvent(value);
  }

  /** Waits for events under way. May be called twice. */
  async close(): Promise<void> {
    await this.#events.drain();
    await this.#store.close();
  }

  async #load(): Promise<void> {
    const counters: [string, VersionUsage][] = [];
    for await (const page of this.#store.pages(COUNTERS_PREFIX)) {
      for (const [key, value] of page) counters.push([versionOfKey(key), decodeCounter(value)]);
    }
    this.#counters = new Map(counters.sort(([, a], [, b]) => a.lastUsedMs - b.lastUsedMs));
    this.#sequence = readSequence(this.#store);
    this.#memberships += 1;
  }

  #fold(rows: Transaction, events: readonly UsageEvent[]): Outcome<number>[] {
    const before = this.#sequence;
    const changed: Counters = new Map();
    const encoded: Uint8Array[] = [];
    const outcomes = events.map((event) =>
      outcomeOf(() => {
        const sums = [...event.versions].map(([version, counts]): [string, VersionUsage] => [
          version,
          addUsage(changed.get(version) ?? this.#counters.get(version), counts, event.timeMs),
        ]);
        // Nothing refuses the event any more once it is encoded.
        encoded.push(encodeEvent(event));
        for (const [version, usage] of sums) {
          changed.delete(version);
          changed.set(version, usage);
        }
        return before + encoded.length;
      }),
    );
    const sequence = before + encoded.length;
    if (sequence > before) this.#putEvents(rows, before, encoded);
    for (const [version, usage] of changed) rows.put(counterKey(version), encodeCounter(usage));
    const dropped = this.#surplus(changed);
    for (const version of dropped) rows.delete(counterKey(version));
    this.#folded = { sequence, changed, dropped };
    return outcomes;
  }

  /** Those that would be dropped at once are not written. */
  #putEvents(rows: Transaction, before: number, encoded: readonly Uint8Array[]): void {
    const sequence = before + encoded.length;
    const firstKept = Math.max(1, sequence - this.#maxEvents + 1);
    for (const [i, event] of encoded.entries()) {
      const number = before + 1 + i;
      if (number >= firstKept) rows.put(eventKey(number), event);
    }
    const firstBefore = Math.max(1, before - this.#maxEvents + 1);
    for (let number = firstBefore; number < Math.min(firstKept, before + 1); number++) rows.delete(eventKey(number));
    rows.put(SEQUENCE_KEY, u64(sequence));
  }

  /** Versions that have to go, so that there are no more than `maxVersions`; never those that are used now. */
  #surplus(changed: Counters): string[] {
    let count = this.#counters.size;
    for (const version of changed.keys()) if (!this.#counters.has(version)) count += 1;
    const dropped: string[] = [];
    for (const version of this.#counters.keys()) {
      if (count - dropped.length <= this.#maxVersions) break;
      if (!changed.has(version)) dropped.push(version);
    }
    return dropped;
  }

  #takeOver(): void {
    const { sequence, changed, dropped } = this.#folded as Folded;
    const sizeBefore = this.#counters.size;
    for (const version of dropped) this.#counters.delete(version);
    for (const version of changed.keys()) this.#counters.delete(version);
    for (const [version, usage] of changed) this.#counters.set(version, usage);
    if (dropped.length > 0 || this.#counters.size !== sizeBefore) this.#memberships += 1;
    this.#sequence = sequence;
  }
}

function readSequence(rows: { get(key: Uint8Array): Uint8Array | undefined }): number {
  const row = rows.get(SEQUENCE_KEY);
  return row === undefined ? 0 : readU64(row);
}
