/**
 * What each version of an expert did on this node: events, and the counters that they add up to.
 *
 * Invariant: an event is one row, on disk before `record` resolves, and in the counters in memory from then on. The
 * counters' rows follow later, many events at a time: one atomic batch has the rows of all counters that have changed and
 * the number of the last event that is in them. So after a crash the counters are the sum of exactly the events 1 to
 * `sequence`: opening reads their rows and adds the few events after that number. No event is dropped before it is in the
 * rows; then old ones are, their part in the counters stays.
 *
 * Beyond `maxVersions` the counters of the version that was used longest ago are dropped. Events that drop some are
 * flushed at once: adding events again never drops anything, whatever order the counters are read in.
 */
import { AiBlockError } from "../../core/errors.ts";
import { GroupCommit, type Outcome, outcomeOf } from "../store/groupCommit.ts";
import { SerialStore, type SerialStoreOptions } from "../store/serialStore.ts";
import type { Transaction } from "../store/transaction.ts";
import { firstKept, flushCounters, type UsageProgress } from "./flushCounters.ts";
import { readUsage } from "./readUsage.ts";
import { type CounterChange, type Counters, moveToEnd, UsageCounters } from "./usageCounters.ts";
import { requireReadableSize, type UsageEvent, type VersionUsage } from "./usageCounts.ts";
import { decodeEvent, EVENTS_PREFIX, encodeEvent, eventKey } from "./usageRows.ts";

export interface UsageStoreOptions extends SerialStoreOptions {
  /** Events that are kept; default 1,000. */
  readonly maxEvents?: number;
  /** Versions that are counted; default 100,000. */
  readonly maxVersions?: number;
  /** After so many events counters are flushed: opening adds no more of them again. Default 64. */
  readonly maxPendingEvents?: number;
}

/** Counters are flushed when the events after the last flush name so many: opening takes about 0.1 s to add them again. */
const MAX_PENDING_VERSIONS = 2 ** 15;

/** What becomes true when the group under way is on disk. */
interface Prepared {
  readonly change: CounterChange;
  readonly progress: UsageProgress;
}

const NO_CHANGE: CounterChange = { changed: new Map(), dropped: [] };

export class UsageStore {
  readonly #store: SerialStore;
  readonly #events: GroupCommit<UsageEvent, number>;
  readonly #maxEvents: number;
  readonly #maxVersions: number;
  readonly #maxPendingEvents: number;
  #counters: UsageCounters;
  #memberships = 0;
  #progress: UsageProgress = { sequence: 0, folded: 0, pendingVersions: 0 };
  #prepared: Prepared | undefined;
  #closing: Promise<void> | undefined;

  private constructor(store: SerialStore, options: UsageStoreOptions) {
    const { maxEvents = 1000, maxVersions = 100_000, maxPendingEvents = 64 } = options;
    this.#store = store;
    this.#maxEvents = maxEvents;
    this.#maxVersions = maxVersions;
    this.#maxPendingEvents = maxPendingEvents;
    this.#counters = new UsageCounters(maxVersions);
    this.#events = new GroupCommit(store, {
      make: (rows, events) => this.#prepare(rows, events),
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
    return this.#progress.sequence;
  }

  /** Counters by version (id of its block, 64 hex digits). Changes as events are recorded. */
  get counters(): ReadonlyMap<string, VersionUsage> {
    return this.#counters.all;
  }

  /** Another number whenever a version has come or gone. */
  get memberships(): number {
    return this.#memberships;
  }

  /**
   * Resolves with the event's number when it is on disk. Throws `bad_value` or `bad_hash` for an event that makes no sense,
   * `store_unavailable`, `disk_full`, `disk_read_only`.
   */
  async record(event: UsageEvent): Promise<number> {
    if (this.#closing !== undefined) throw new AiBlockError("store_unavailable", "the usage store is closed");
    return this.#events.add(event);
  }

  /** Events that are still kept, oldest first. */
  async *events(): AsyncGenerator<UsageEvent> {
    const after = eventKey(firstKept(this.#progress.sequence, this.#maxEvents) - 1);
    for await (const [, value] of this.#store.scan(EVENTS_PREFIX, { after })) yield decodeEvent(value);
  }

  /** Waits for events under way. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#events.drain();
    // Nothing is lost where this fails: the next one to open the store adds the events up.
    await this.#store.apply((rows) => this.#flush(rows)).catch(() => undefined);
    await this.#store.close();
  }

  async #load(): Promise<void> {
    const { counters, unwritten, progress } = await readUsage(this.#store);
    this.#counters = new UsageCounters(this.#maxVersions, counters, unwritten);
    this.#progress = progress;
    this.#memberships += 1;
  }

  /** Puts the rows of `events`, and those of the counters when a flush is due. */
  #prepare(rows: Transaction, events: readonly UsageEvent[]): Outcome<number>[] {
    const before = this.#progress;
    const encoded: Uint8Array[] = [];
    let changed: Counters = new Map();
    let { pendingVersions } = before;
    const outcomes = events.map((event) =>
      outcomeOf(() => {
        requireReadableSize(event);
        const sums = this.#counters.sums(event, changed);
        // Nothing refuses the event any more once it is encoded.
        encoded.push(encodeEvent(event));
        if (changed.size > 0) moveToEnd(changed, sums);
        else changed = sums;
        pendingVersions += sums.size;
        return before.sequence + encoded.length;
      }),
    );
    const sequence = before.sequence + encoded.length;
    const change = { changed, dropped: this.#counters.surplus(changed) };
    const isDue =
      change.dropped.length > 0 ||
      sequence - before.folded >= this.#maxPendingEvents ||
      pendingVersions >= MAX_PENDING_VERSIONS;
    const maxEvents = this.#maxEvents;
    // Those that the flush would drop at once are not written.
    const first = isDue ? firstKept(sequence, maxEvents) : 1;
    for (const [i, row] of encoded.entries()) {
      const number = before.sequence + 1 + i;
      if (number >= first) rows.put(eventKey(number), row);
    }
    if (isDue) flushCounters(rows, { counters: this.#counters, change, before, sequence, maxEvents });
    const after = isDue ? { folded: sequence, pendingVersions: 0 } : { folded: before.folded, pendingVersions };
    this.#prepared = { change, progress: { sequence, ...after } };
    return outcomes;
  }

  #takeOver(): void {
    const { change, progress } = this.#prepared as Prepared;
    if (this.#counters.apply(change, progress.folded === progress.sequence)) this.#memberships += 1;
    this.#progress = progress;
  }

  #flush(rows: Transaction): void {
    const before = this.#progress;
    const { sequence } = before;
    const rest = { counters: this.#counters, change: NO_CHANGE, before, sequence, maxEvents: this.#maxEvents };
    if (sequence > before.folded) flushCounters(rows, rest);
  }
}
