/**
 * Counters run ahead of their rows. A flush brings the rows up to an event, so that opening need not add it again, and
 * drops events that are no longer kept: never one that is not in the rows.
 */
import { u64 } from "../../core/bytes.ts";
import type { Transaction } from "../store/transaction.ts";
import type { CounterChange, UsageCounters } from "./usageCounters.ts";
import { counterKey, encodeCounter, eventKey, FOLDED_KEY } from "./usageRows.ts";

/** How far a store is. */
export interface UsageProgress {
  /** Number of the last event. */
  readonly sequence: number;
  /** Number of the last event that is in the rows of counters. */
  readonly folded: number;
  /** Versions of the events after that: one that is in several of them counts for each. */
  readonly pendingVersions: number;
}

/** Puts the counters after the events up to `sequence`: those recorded before, and those that make `change`. */
export function flushCounters(
  rows: Transaction,
  {
    counters,
    change,
    before,
    sequence,
    maxEvents,
  }: {
    readonly counters: UsageCounters;
    readonly change: CounterChange;
    readonly before: UsageProgress;
    readonly sequence: number;
    readonly maxEvents: number;
  },
): void {
  const { changed, dropped } = change;
  for (const [version, usage] of counters.unwritten()) {
    if (!changed.has(version)) rows.put(counterKey(version), encodeCounter(usage));
  }
  for (const [version, usage] of changed) rows.put(counterKey(version), encodeCounter(usage));
  for (const version of dropped) rows.delete(counterKey(version));
  const end = Math.min(firstKept(sequence, maxEvents), before.sequence + 1);
  for (let number = firstKept(before.folded, maxEvents); number < end; number++) rows.delete(eventKey(number));
  rows.put(FOLDED_KEY, u64(sequence));
}

/** The oldest event that is kept when `folded` is the last one in the rows of counters. */
export function firstKept(folded: number, maxEvents: number): number {
  return Math.max(1, folded - maxEvents + 1);
}
