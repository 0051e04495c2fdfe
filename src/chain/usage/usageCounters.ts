/**
 * Counters in memory: that of the version used longest ago first, and which of them are ahead of their rows on disk.
 *
 * A change is worked out first and made when it is on disk: until then nothing here differs. Beyond `maxVersions` the
 * first ones are dropped, but none that is used at that moment.
 */
import { addUsage, type UsageEvent, type VersionUsage } from "./usageCounts.ts";

export type Counters = Map<string, VersionUsage>;

/** What a group of events changes. */
export interface CounterChange {
  /** In the order of last use, as all counters. */
  readonly changed: Counters;
  readonly dropped: readonly string[];
}

export class UsageCounters {
  readonly #maxVersions: number;
  readonly #counters: Counters;
  readonly #unwritten: Set<string>;

  /** Takes over `counters`, in any order, and `unwritten`: the versions whose row is missing or behind. */
  constructor(maxVersions: number, counters: Counters = new Map(), unwritten = new Set<string>()) {
    this.#maxVersions = maxVersions;
    this.#counters = new Map([...counters].sort(([, a], [, b]) => a.lastUsedMs - b.lastUsedMs));
    this.#unwritten = unwritten;
  }

  get all(): ReadonlyMap<string, VersionUsage> {
    return this.#counters;
  }

  /** Those that are ahead of their rows. */
  *unwritten(): Generator<[string, VersionUsage]> {
    for (const version of this.#unwritten) yield [version, this.#counters.get(version) as VersionUsage];
  }

  /** What the counters of `event` become, after those that have `changed` before it. Throws `bad_value`. */
  sums({ versions, timeMs }: UsageEvent, changed: Counters): Counters {
    const sums: Counters = new Map();
    for (const [version, more] of versions) {
      sums.set(version, addUsage(changed.get(version) ?? this.#counters.get(version), more, timeMs));
    }
    return sums;
  }

  /** Versions that have to go when those in `changed` are used. */
  surplus(changed: Counters): string[] {
    let count = this.#counters.size;
    if (count + changed.size <= this.#maxVersions) return [];
    for (const version of changed.keys()) if (!this.#counters.has(version)) count += 1;
    const dropped: string[] = [];
    for (const version of this.#counters.keys()) {
      if (count - dropped.length <= this.#maxVersions) break;
      if (!changed.has(version)) dropped.push(version);
    }
    return dropped;
  }

  /** Makes the change. `isWritten`: all rows of counters are up to date with it. Whether a version has come or gone. */
  apply({ changed, dropped }: CounterChange, isWritten: boolean): boolean {
    const sizeBefore = this.#counters.size;
    for (const version of dropped) this.#counters.delete(version);
    moveToEnd(this.#counters, changed);
    if (isWritten) this.#unwritten.clear();
    else for (const version of changed.keys()) this.#unwritten.add(version);
    return dropped.length > 0 || this.#counters.size !== sizeBefore;
  }
}

/** Puts `changed` into `counters`, as those used last. */
export function moveToEnd(counters: Counters, changed: Counters): void {
  for (const [version, usage] of changed) {
    counters.delete(version);
    counters.set(version, usage);
  }
}
