/** What a usage store holds when it is opened: the rows of counters, and on top of them the events that came after. */
import type { SerialStore } from "../store/serialStore.ts";
import type { UsageProgress } from "./flushCounters.ts";
import type { Counters } from "./usageCounters.ts";
import { addUsage } from "./usageCounts.ts";
import {
  COUNTERS_PREFIX,
  decodeCounter,
  decodeEvent,
  EVENTS_PREFIX,
  eventKey,
  numberOfKey,
  readFolded,
  versionOfKey,
} from "./usageRows.ts";

export interface StoredUsage {
  /** The sum of all events up to `progress.sequence`. */
  readonly counters: Counters;
  /** Versions whose row is missing or behind. */
  readonly unwritten: Set<string>;
  readonly progress: UsageProgress;
}

/** Throws `row_corrupt`, `store_corrupt`, `bad_encoding`. */
export async function readUsage(store: SerialStore): Promise<StoredUsage> {
  const counters: Counters = new Map();
  for await (const page of store.pages(COUNTERS_PREFIX)) {
    for (const [key, value] of page) counters.set(versionOfKey(key), decodeCounter(value));
  }
  const folded = readFolded(store);
  const unwritten = new Set<string>();
  let sequence = folded;
  let pendingVersions = 0;
  for await (const [key, value] of store.scan(EVENTS_PREFIX, { after: eventKey(folded) })) {
    const { timeMs, versions } = decodeEvent(value);
    for (const [version, more] of versions) {
      counters.set(version, addUsage(counters.get(version), more, timeMs));
      unwritten.add(version);
    }
    sequence = numberOfKey(key);
    pendingVersions += versions.size;
  }
  return { counters, unwritten, progress: { sequence, folded, pendingVersions } };
}
