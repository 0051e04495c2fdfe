/**
 * Brings what experts did to the usage store: each answer when it ends, and what the engines measured (times, loads) a
 * little later. An answer does not fail because its usage cannot be stored; the log says so.
 */
import type { UsageCounts } from "../../chain/usage/usageCounts.ts";
import type { UsageStore } from "../../chain/usage/usageStore.ts";
import { BoundedMap } from "../../core/boundedMap.ts";
import type { Clock } from "../../core/clock.ts";
import { errorMessage } from "../../core/errors.ts";
import type { Logger } from "../../core/logger.ts";
import type { Engine } from "../../moe/engine/engine.ts";
import type { ServedState } from "../model/servedState.ts";

/** Versions whose block is remembered: times of an old version may come after the next one is in place. */
const MAX_VERSIONS = 100_000;
const COLLECT_DELAY_MS = 500;

export class UsageRecorder {
  readonly #store: UsageStore;
  readonly #clock: Clock;
  readonly #log: Logger;
  /** Slot and payload root to block. */
  readonly #blocks = new BoundedMap<string, string>(MAX_VERSIONS);
  readonly #engines = new Set<Engine>();
  #timer: NodeJS.Timeout | undefined;
  #collecting: Promise<void> = Promise.resolve();

  constructor(store: UsageStore, clock: Clock, log: Logger) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
  }

  /** Learns which blocks the versions of a state stand for. */
  know({ heads }: ServedState): void {
    for (const [slot, { rootHex, block }] of heads) this.#blocks.set(`${slot}@${rootHex}`, block);
  }

  /** Resolves when it is on disk, or could not be stored. */
  async record(versions: ReadonlyMap<string, Partial<UsageCounts>>): Promise<void> {
    if (versions.size === 0) return;
    try {
      await this.#store.record({ timeMs: this.#clock.nowMs(), versions });
    } catch (error) {
      this.#log.warn({ err: error }, `usage of an answer is lost: ${errorMessage(error)}`);
    }
  }

  /** Soon asks `engine` what its experts cost. */
  collectSoon(engine: Engine): void {
    this.#engines.add(engine);
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => void this.collect(), COLLECT_DELAY_MS);
    this.#timer.unref();
  }

  /** Asks now, all engines that have answered since the last time. Never rejects. */
  collect(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const engines = [...this.#engines];
    this.#engines.clear();
    this.#collecting = this.#collecting.then(async () => {
      for (const engine of engines) await this.#collectFrom(engine);
    });
    return this.#collecting;
  }

  async #collectFrom(engine: Engine): Promise<void> {
    // An engine that has closed meanwhile has nothing more to tell.
    const times = await engine.takeExpertTimes().catch(() => []);
    const versions = new Map<string, Partial<UsageCounts>>();
    for (const { slot, version, tokens, computeMs, loads, loadMs } of times) {
      const block = this.#blocks.get(`${slot}@${version}`);
      if (block === undefined) continue;
      versions.set(block, {
        timedTokens: tokens,
        computeMicros: Math.round(computeMs * 1000),
        loads,
        loadMicros: Math.round(loadMs * 1000),
      });
    }
    await this.record(versions);
  }
}
