/**
 * Feeds mutated files to a reader and keeps the promise to account: every input is read or refused with one of our
 * codes, none takes more than two seconds of processor time, and memory does not grow with what a file claims.
 */
import { readFileSync } from "node:fs";
import { errorCode } from "../../../src/core/errors.ts";
import { Random } from "../../support/random.ts";
import { mutate } from "./mutate.ts";

export const MAX_INPUT_MS = 2000;

export interface FuzzTarget {
  readonly name: string;
  readonly corpus: readonly Uint8Array[];
  /** Reads the bytes as far as a user would; throws our errors only. */
  readonly read: (bytes: Uint8Array) => Promise<void>;
}

export interface FuzzResult {
  readonly inputs: number;
  readonly accepted: number;
  /** How often each code was the answer. */
  readonly codes: ReadonlyMap<string, number>;
  readonly slowestMs: number;
  /** Of the whole process so far. */
  readonly peakRssBytes: number;
}

/** An input that broke the promise; `index` and the seed make it again. */
export class FuzzFailure extends Error {
  constructor(target: string, seed: number, index: number, what: string, cause?: unknown) {
    super(`${target}: input ${index} of seed ${seed}: ${what}`, { cause });
    this.name = "FuzzFailure";
  }
}

export async function fuzz(
  target: FuzzTarget,
  inputs: number,
  seed: number,
  signal?: AbortSignal,
): Promise<FuzzResult> {
  const random = new Random(seed);
  const codes = new Map<string, number>();
  let accepted = 0;
  let slowestMs = 0;
  for (let index = 0; index < inputs; index++) {
    signal?.throwIfAborted();
    const bytes = mutate(target.corpus, random);
    const startedMs = cpuMs();
    try {
      await target.read(bytes);
      accepted += 1;
    } catch (error) {
      const named = error as { readonly name?: unknown };
      const code = errorCode(error);
      if (named?.name !== "AiBlockError" || code === undefined) {
        throw new FuzzFailure(target.name, seed, index, `untyped error ${String(error)}`, error);
      }
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    const tookMs = cpuMs() - startedMs;
    if (tookMs > MAX_INPUT_MS) throw new FuzzFailure(target.name, seed, index, `took ${Math.round(tookMs)} ms`);
    slowestMs = Math.max(slowestMs, tookMs);
  }
  return { inputs, accepted, codes, slowestMs, peakRssBytes: peakRssBytes() };
}

/** Of this process: what others do on the machine, or a process that is held up, does not make an input slow. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/**
 * Peak memory of this process since it started. Linux counts what the parent held before `exec` into `maxRSS`, so there
 * the high-water mark of the address space is read instead.
 */
function peakRssBytes(): number {
  try {
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    if (kibibytes !== undefined) return Number(kibibytes) * 1024;
  } catch {
    // No /proc: another system.
  }
  return process.resourceUsage().maxRSS * 1024;
}
