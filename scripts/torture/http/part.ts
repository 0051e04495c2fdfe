/** One part of the torture of the HTTP server. */
import { setTimeout as sleep } from "node:timers/promises";

export interface PartResult {
  /** What was done and measured, with the seed. */
  readonly facts: string;
  readonly failures: readonly string[];
}

export const MEGABYTE = 1024 * 1024;

/** Collects failures of conditions. */
export class Conditions {
  readonly failures: string[] = [];

  require(what: string, holds: boolean): void {
    if (!holds) this.failures.push(what);
  }
}

/** Resolves with the ms until `condition` holds, or `Infinity` after `limitMs`. */
export async function msUntil(condition: () => boolean, limitMs: number): Promise<number> {
  const from = performance.now();
  while (!condition()) {
    if (performance.now() - from > limitMs) return Number.POSITIVE_INFINITY;
    await sleep(10);
  }
  return performance.now() - from;
}

/** RSS after a collection where the process allows one. */
export function residentBytes(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return process.memoryUsage().rss;
}
