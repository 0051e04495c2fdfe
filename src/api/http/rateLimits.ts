/**
 * Limits by account or address, over the last minute. A sliding window: the current minute's count and the part of the
 * last minute's that still counts, so no moment lets twice the limit through. Paths, methods and forwarding headers play
 * no part, so they cannot get around it; an IPv6 host is its /56.
 */
import { isIPv4, isIPv6 } from "node:net";
import { BoundedMap } from "../../core/boundedMap.ts";
import type { Clock } from "../../core/clock.ts";

export interface RateLimitOptions {
  readonly requestsPerMinute?: number;
  /** Prompt and answer together. */
  readonly tokensPerMinute?: number;
  /** Answers at the same time. */
  readonly streams?: number;
}

export interface LimitState {
  readonly limit: number;
  readonly remaining: number;
  readonly resetMs: number;
}

const WINDOW_MS = 60_000;
const MAX_CALLERS = 100_000;

interface Count {
  window: number;
  current: number;
  previous: number;
}

/** Counts points of callers against one limit. */
export class SlidingLimit {
  readonly limit: number;
  readonly #clock: Clock;
  readonly #counts = new BoundedMap<string, Count>(MAX_CALLERS);

  constructor(limit: number, clock: Clock) {
    this.limit = limit;
    this.#clock = clock;
  }

  state(caller: string): LimitState {
    const now = this.#clock.monotonicMs();
    const count = this.#countOf(caller, now);
    const intoWindow = now - count.window * WINDOW_MS;
    const used = count.current + count.previous * (1 - intoWindow / WINDOW_MS);
    const remaining = Math.max(0, Math.floor(this.limit - used));
    return { limit: this.limit, remaining, resetMs: Math.ceil(WINDOW_MS - intoWindow) };
  }

  spend(caller: string, points: number): void {
    this.#countOf(caller, this.#clock.monotonicMs()).current += points;
  }

  #countOf(caller: string, now: number): Count {
    const window = Math.floor(now / WINDOW_MS);
    const old = this.#counts.get(caller);
    if (old?.window === window) return old;
    const previous = old?.window === window - 1 ? old.current : 0;
    const count = { window, current: 0, previous };
    this.#counts.set(caller, count);
    return count;
  }
}

export interface RateLimits {
  readonly requests: SlidingLimit | undefined;
  readonly tokens: SlidingLimit | undefined;
  readonly streams: number | undefined;
  readonly authFailures: SlidingLimit;
}

/** The caller's address for limits: IPv4 as it is, also when mapped into IPv6; IPv6 by its first 56 bits. */
export function addressGroup(address: string | undefined): string {
  if (address === undefined) return "ip:unknown";
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || isIPv4(address)) return `ip:${mapped ?? address}`;
  if (!isIPv6(address)) return "ip:unknown";
  const [head = "", tail] = address.split("%")[0]!.split("::");
  const first = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const middle = tail === undefined ? [] : new Array<string>(Math.max(0, 8 - first.length - last.length)).fill("0");
  const groups = [...first, ...middle, ...last].slice(0, 4).map((group) => Number.parseInt(group || "0", 16));
  groups[3] = (groups[3] ?? 0) & 0xff00;
  return `ip:${groups.map((group) => group.toString(16)).join(":")}::/56`;
}
