/**
 * What is counted of a version of an expert, and how counts add up.
 *
 * All counts are whole numbers, so that sums do not depend on their order: gate mass in millionths, times in
 * microseconds.
 */
import { excerpt } from "../../core/bytes.ts";
import { AiBlockError } from "../../core/errors.ts";

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

/** Versions of one event: the row of a longer one could not be read again. */
export const MAX_EVENT_VERSIONS = 100_000;

const UNUSED: VersionUsage = { ...NO_USAGE, lastUsedMs: 0 };

/**
 * `usage` after something more happened at `timeMs`. Throws `bad_value` unless all counts, and all sums, are whole numbers
 * of at least 0: a row with anything else could not be read again.
 */
export function addUsage(usage: VersionUsage | undefined, more: Partial<UsageCounts>, timeMs: number): VersionUsage {
  const before = usage ?? UNUSED;
  // Name by name: a loop over the names took ten times as long, and an answer has as many of these as versions.
  return {
    tokens: sum("tokens", before.tokens, more.tokens),
    answerTokens: sum("answerTokens", before.answerTokens, more.answerTokens),
    gateMassMicro: sum("gateMassMicro", before.gateMassMicro, more.gateMassMicro),
    requests: sum("requests", before.requests, more.requests),
    timedTokens: sum("timedTokens", before.timedTokens, more.timedTokens),
    computeMicros: sum("computeMicros", before.computeMicros, more.computeMicros),
    loads: sum("loads", before.loads, more.loads),
    loadMicros: sum("loadMicros", before.loadMicros, more.loadMicros),
    lastUsedMs: Math.max(before.lastUsedMs, whole("timeMs", timeMs)),
  };
}

/** Throws `bad_value` for an event with too many versions to be read again. */
export function requireReadableSize({ versions }: UsageEvent): void {
  if (versions.size <= MAX_EVENT_VERSIONS) return;
  throw new AiBlockError("bad_value", `versions: expected at most ${MAX_EVENT_VERSIONS}, got ${versions.size}`);
}

function sum(name: string, before: number, more = 0): number {
  return whole(name, before + whole(name, more));
}

function whole(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new AiBlockError("bad_value", `${name}: expected an integer from 0 to 2^53 - 1, got ${excerpt(value)}`);
}
