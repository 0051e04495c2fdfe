/**
 * Rows of the usage store. A key is one byte, then the parts listed here; integers are big-endian.
 *
 *   0x00 info       name -> see database.ts
 *   0x01 sequence   -> number of the last event (u64)
 *   0x02 events     sequence (u64) -> canonical [timeMs, [[version, …eight counts]…]]
 *   0x03 counters   version (32 bytes: id of a block) -> canonical [timeMs of the last use, …eight counts]
 *
 * All counts are whole numbers, so that sums do not depend on their order: gate mass in millionths, times in
 * microseconds.
 */
import { concatBytes, excerpt, HASH_BYTES, hashFromHex, u64 } from "../../core/bytes.ts";
import { decodeCanonical, encodeCanonical, type WireValue } from "../../core/codec.ts";
import { AiBlockError } from "../../core/errors.ts";
import { asArray, asBytes, asUint } from "../../core/wire.ts";

/** What a version of an expert did. */
export interface UsageCounts {
  /** Tokens that it computed: of prompts and of answers. */
  readonly tokens: number;
  /** Of `tokens`, those of answers. */
  readonly answerTokens: number;
  /** Sum of its gate weights over `tokens`, in millionths. */
  readonly gateMassMicro: number;
  /** Answers that it took part in. */
  readonly requests: number;
  /** Tokens whose time was measured, and that time. */
  readonly timedTokens: number;
  readonly computeMicros: number;
  readonly loads: number;
  readonly loadMicros: number;
}

/** One event: what several versions did at one time. */
export interface UsageEvent {
  readonly timeMs: number;
  /** By id of the version's block, 64 hex digits; counts that are left out are 0. */
  readonly versions: ReadonlyMap<string, Partial<UsageCounts>>;
}

export interface VersionUsage extends UsageCounts {
  readonly lastUsedMs: number;
}

const NAMES = [
  "tokens",
  "answerTokens",
  "gateMassMicro",
  "requests",
  "timedTokens",
  "computeMicros",
  "loads",
  "loadMicros",
] as const satisfies readonly (keyof UsageCounts)[];

export const NO_USAGE: UsageCounts = {
  tokens: 0,
  answerTokens: 0,
  gateMassMicro: 0,
  requests: 0,
  timedTokens: 0,
  computeMicros: 0,
  loads: 0,
  loadMicros: 0,
};

export const SEQUENCE_KEY = Uint8Array.of(0x01);
export const EVENTS_PREFIX = Uint8Array.of(0x02);
export const COUNTERS_PREFIX = Uint8Array.of(0x03);

const LIMITS = { maxBytes: 2 ** 24, maxDepth: 4, maxItems: 2 ** 20 };

export function eventKey(sequence: number): Uint8Array {
  return concatBytes([EVENTS_PREFIX, u64(sequence)]);
}

export function counterKey(version: string): Uint8Array {
  return concatBytes([COUNTERS_PREFIX, hashFromHex(version)]);
}

/** The version in a key of a counter, 64 hex digits. */
export function versionOfKey(key: Uint8Array): string {
  return Buffer.from(key.subarray(key.length - HASH_BYTES)).toString("hex");
}

export function encodeEvent({ timeMs, versions }: UsageEvent): Uint8Array {
  const rows = [...versions].map(([version, counts]): WireValue => {
    return [hashFromHex(version), ...NAMES.map((name) => counts[name] ?? 0)];
  });
  return encodeCanonical([timeMs, rows]);
}

/** Throws `bad_encoding`. */
export function decodeEvent(bytes: Uint8Array): UsageEvent {
  const [timeMs, rows] = asArray(decodeCanonical(bytes, LIMITS), "event", { length: 2 });
  const versions = asArray(rows, "versions", { maxLength: LIMITS.maxItems }).map((row): [string, UsageCounts] => {
    const [version, ...counts] = asArray(row, "version", { length: NAMES.length + 1 });
    return [Buffer.from(asBytes(version, "version", HASH_BYTES)).toString("hex"), countsFrom(counts)];
  });
  return { timeMs: asUint(timeMs, "timeMs", { max: Number.MAX_SAFE_INTEGER }), versions: new Map(versions) };
}

export function encodeCounter(usage: VersionUsage): Uint8Array {
  return encodeCanonical([usage.lastUsedMs, ...NAMES.map((name) => usage[name])]);
}

/** Throws `bad_encoding`. */
export function decodeCounter(bytes: Uint8Array): VersionUsage {
  const [lastUsedMs, ...counts] = asArray(decodeCanonical(bytes, LIMITS), "counter", { length: NAMES.length + 1 });
  return { lastUsedMs: asUint(lastUsedMs, "lastUsedMs", { max: Number.MAX_SAFE_INTEGER }), ...countsFrom(counts) };
}

/**
 * `usage` after something more happened at `timeMs`. Throws `bad_value` unless all counts, and all sums, are whole numbers
 * of at least 0: a row with anything else could not be read again.
 */
export function addUsage(usage: VersionUsage | undefined, more: Partial<UsageCounts>, timeMs: number): VersionUsage {
  const sum = { ...NO_USAGE, lastUsedMs: Math.max(usage?.lastUsedMs ?? 0, whole("timeMs", timeMs)) };
  for (const name of NAMES) {
    const count = more[name];
    sum[name] = usage?.[name] ?? 0;
    if (count !== undefined) sum[name] = whole(name, sum[name] + whole(name, count));
  }
  return sum;
}

function whole(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new AiBlockError("bad_value", `${name}: expected an integer from 0 to 2^53 - 1, got ${excerpt(value)}`);
}

function countsFrom(values: readonly unknown[]): UsageCounts {
  const counts = NAMES.map((name, i) => [name, asUint(values[i], name, { max: Number.MAX_SAFE_INTEGER })]);
  return Object.fromEntries(counts) as unknown as UsageCounts;
}
