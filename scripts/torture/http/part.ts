/** One part of `npm run torture -- http`: an attack on the HTTP server at its gate figure, and what was measured. */
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { interrupted } from "./interruption.ts";

/** A number beside its aim. */
export interface Finding {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** In words. */
  readonly aim: string;
  readonly met: boolean;
}

export interface Part {
  readonly name: string;
  /** What it does, in a few words. */
  readonly attack: string;
  run(seed: number): Promise<readonly Finding[]>;
}

export const MEGABYTE = 1024 * 1024;

export function below(what: string, value: number, limit: number, unit: string): Finding {
  return { what, value, unit, aim: `below ${limit.toLocaleString("en-US")}`, met: value < limit };
}

export function atMost(what: string, value: number, limit: number, unit: string): Finding {
  return { what, value, unit, aim: `at most ${limit.toLocaleString("en-US")}`, met: value <= limit };
}

export function atLeast(what: string, value: number, limit: number, unit: string): Finding {
  return { what, value, unit, aim: `at least ${limit}`, met: value >= limit };
}

export function exactly(what: string, value: number, wanted: number, unit = ""): Finding {
  return { what, value, unit, aim: wanted.toLocaleString("en-US"), met: value === wanted };
}

/** A number without an aim, for people to compare. */
export function noted(what: string, value: number, unit: string): Finding {
  return { what, value, unit, aim: "", met: true };
}

/** The value at `share` (0 to 1) of `values`. */
export function quantile(values: readonly number[], share: number): number {
  const ascending = values.toSorted((a, b) => a - b);
  return ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? Number.NaN;
}

/** Resolves with the ms until `condition` holds, or `Infinity` after `limitMs`. */
export async function msUntil(condition: () => boolean | Promise<boolean>, limitMs: number): Promise<number> {
  const from = performance.now();
  while (!(await condition())) {
    if (performance.now() - from > limitMs) return Number.POSITIVE_INFINITY;
    await sleep(10);
  }
  return performance.now() - from;
}

/** Between two pieces of work that hold up the event loop: lets a signal in, and throws when there was one. */
export async function orInterrupt(): Promise<void> {
  await turn();
  interrupted.throwIfAborted();
}
