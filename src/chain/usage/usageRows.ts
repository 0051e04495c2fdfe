/**
 * Rows of the usage store. A key is one byte, then the parts listed here; integers are big-endian.
 *
 *   0x00 info       name -> see database.ts
 *   0x01 folded     -> number of the last event that is in the rows of counters (u64); no row: 0
 *   0x02 events     number (u64, from 1) -> canonical [timeMs, [[version, …eight counts]…]]
 *   0x03 counters   version (32 bytes: id of a block) -> canonical [timeMs of the last use, …eight counts]
 *
 * Events up to `folded` are history. Those above are not in the counters' rows yet: who opens the store adds them.
 * A store in which every event is folded at once is a special case of this, so the first stores are read as they are. A
 * program that knows only those passes over events above `folded`, which a crash leaves, and counts none twice.
 */
import { concatBytes, HASH_BYTES, hashFromHex, readU64, toHex, u64 } from "../../core/bytes.ts";
import { decodeCanonical, encodeCanonical, type WireValue } from "../../core/codec.ts";
import { asArray, asBytes, asUint } from "../../core/wire.ts";
import type { RowReader } from "../store/database.ts";
import type { UsageCounts, UsageEvent, VersionUsage } from "./usageCounts.ts";

export const FOLDED_KEY = Uint8Array.of(0x01);
export const EVENTS_PREFIX = Uint8Array.of(0x02);
export const COUNTERS_PREFIX = Uint8Array.of(0x03);

const COUNTS = 8;
const LIMITS = { maxBytes: 2 ** 24, maxDepth: 4, maxItems: 2 ** 20 };

/** `rows`: what is on disk. */
export function readFolded(rows: RowReader): number {
  const row = rows.get(FOLDED_KEY);
  return row === undefined ? 0 : readU64(row);
}

export function eventKey(number: number): Uint8Array {
  return concatBytes([EVENTS_PREFIX, u64(number)]);
}

export function numberOfKey(key: Uint8Array): number {
  return readU64(key, EVENTS_PREFIX.length);
}

export function counterKey(version: string): Uint8Array {
  return concatBytes([COUNTERS_PREFIX, hashFromHex(version)]);
}

/** The version in a key of a counter, 64 hex digits. */
export function versionOfKey(key: Uint8Array): string {
  return toHex(key.subarray(key.length - HASH_BYTES));
}

/** Throws `bad_hash`, or `bad_value` for counts that have no canonical form. */
export function encodeEvent({ timeMs, versions }: UsageEvent): Uint8Array {
  const rows: WireValue[] = [];
  for (const [version, counts] of versions) rows.push(rowOf(hashFromHex(version), counts));
  return encodeCanonical([timeMs, rows]);
}

/** Throws `bad_encoding`. */
export function decodeEvent(bytes: Uint8Array): UsageEvent {
  const [timeMs, rows] = asArray(decodeCanonical(bytes, LIMITS), "event", { length: 2 });
  const versions = asArray(rows, "versions", { maxLength: LIMITS.maxItems }).map((row): [string, UsageCounts] => {
    const [version, ...counts] = asArray(row, "version", { length: 1 + COUNTS });
    return [toHex(asBytes(version, "version", HASH_BYTES)), countsFrom(counts)];
  });
  return { timeMs: asUint(timeMs, "timeMs"), versions: new Map(versions) };
}

export function encodeCounter(usage: VersionUsage): Uint8Array {
  return encodeCanonical(rowOf(usage.lastUsedMs, usage));
}

/** Throws `bad_encoding`. */
export function decodeCounter(bytes: Uint8Array): VersionUsage {
  const [lastUsedMs, ...counts] = asArray(decodeCanonical(bytes, LIMITS), "counter", { length: 1 + COUNTS });
  return { ...countsFrom(counts), lastUsedMs: asUint(lastUsedMs, "lastUsedMs") };
}

/** `first`, then the eight counts. */
function rowOf(first: WireValue, counts: Partial<UsageCounts>): WireValue[] {
  return [
    first,
    counts.tokens ?? 0,
    counts.answerTokens ?? 0,
    counts.gateMassMicro ?? 0,
    counts.requests ?? 0,
    counts.timedTokens ?? 0,
    counts.computeMicros ?? 0,
    counts.loads ?? 0,
    counts.loadMicros ?? 0,
  ];
}

function countsFrom(values: readonly unknown[]): UsageCounts {
  return {
    tokens: asUint(values[0], "tokens"),
    answerTokens: asUint(values[1], "answerTokens"),
    gateMassMicro: asUint(values[2], "gateMassMicro"),
    requests: asUint(values[3], "requests"),
    timedTokens: asUint(values[4], "timedTokens"),
    computeMicros: asUint(values[5], "computeMicros"),
    loads: asUint(values[6], "loads"),
    loadMicros: asUint(values[7], "loadMicros"),
  };
}
