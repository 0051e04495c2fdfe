/**
 * Whether blocks can be stored now: the store is not closing, the disk has room, and no write has failed. After a failed
 * write the store recovers here by itself: LevelDB takes no more writes, but its log holds what it acknowledged, so it
 * is opened again as soon as the disk takes writes.
 */
import type { Clock } from "../core/clock.ts";
import { errorMessage } from "../core/errors.ts";
import { freeBytes } from "./store/diskSpace.ts";
import { ignore, type Verdict } from "./verdict.ts";

/** After a failed write, the database is opened again at most this often. */
const RECOVERY_INTERVAL_MS = 1000;
const FREE_SPACE_CHECK_INTERVAL_MS = 1000;

export interface AvailabilityOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly minFreeBytes: number;
  /** What the last failed write threw, or `undefined`. */
  failure(): unknown;
  /** Opens the database again. Throws when that is not possible yet. */
  reopen(): Promise<void>;
}

export class Availability {
  readonly #options: AvailabilityOptions;
  #recovery: Promise<boolean> | undefined;
  #lastRecoveryMs = Number.NEGATIVE_INFINITY;
  #freeSpace = { checkedMs: Number.NEGATIVE_INFINITY, bytes: 0 };

  constructor(options: AvailabilityOptions) {
    this.#options = options;
  }

  /** Why nothing can be stored now, or `undefined`. */
  async unavailable(): Promise<Verdict | undefined> {
    const { folder, clock, minFreeBytes, failure } = this.#options;
    const now = clock.monotonicMs();
    if (now - this.#freeSpace.checkedMs >= FREE_SPACE_CHECK_INTERVAL_MS) {
      this.#freeSpace = { checkedMs: now, bytes: await freeBytes(folder) };
    }
    if (this.#freeSpace.bytes < minFreeBytes) {
      return ignore("store_unavailable", `disk_full: ${this.#freeSpace.bytes} bytes are free on the disk`);
    }
    if (failure() === undefined || (await this.#recover())) return undefined;
    return ignore("store_unavailable", `the last write failed (${errorMessage(failure())}); trying again soon`);
  }

  /** Resolves when no recovery is under way. */
  async idle(): Promise<void> {
    await this.#recovery;
  }

  #recover(): Promise<boolean> {
    if (this.#recovery !== undefined) return this.#recovery;
    const now = this.#options.clock.monotonicMs();
    if (now - this.#lastRecoveryMs < RECOVERY_INTERVAL_MS) return Promise.resolve(false);
    this.#lastRecoveryMs = now;
    this.#recovery = this.#options
      .reopen()
      .then(
        () => true,
        () => false,
      )
      .finally(() => {
        this.#recovery = undefined;
      });
    return this.#recovery;
  }
}
