/**
 * Which experts are in memory. Bounded in bytes; when there is no room the least recently used expert goes.
 *
 * Invariant: the bytes of resident experts and of those being loaded stay within the budget at every moment. Room is
 * made before a load begins, never after.
 */
import { AiBlockError } from "../../core/errors.ts";
import type { SlotSource } from "../slotSource.ts";
import { ExpertTimes } from "./expertTimes.ts";

export interface ExpertCacheCounters {
  /** Requests for an expert that was there. */
  hits: number;
  /** Experts loaded because they were asked for. */
  loads: number;
  /** Experts loaded ahead of their request, and those of them that were then asked for. */
  prefetches: number;
  usefulPrefetches: number;
  evictions: number;
  /** Bytes now, and the most there ever were. */
  residentBytes: number;
  peakBytes: number;
}

export interface ExpertCacheOptions {
  /** `Infinity`: everything that is loaded stays. */
  readonly budgetBytes: number;
  /** Of one expert; all experts of a model are equal. */
  readonly expertBytes: number;
  /** Loads an expert and gives the number of its kernel. */
  readonly load: (expert: ExpertRef, signal: AbortSignal | undefined) => Promise<number>;
  readonly unload: (kernel: number) => void;
}

/** One expert of one state of the model. */
export interface ExpertRef {
  /** Slot and version: equal keys are equal weights. */
  readonly key: string;
  readonly slot: string;
  /** Where it is read from. */
  readonly source: SlotSource;
}

interface Entry {
  /** `undefined` while it is being loaded. */
  kernel: number | undefined;
  loading: Promise<void> | undefined;
  prefetched: boolean;
}

export class ExpertCache {
  readonly #options: ExpertCacheOptions;
  /** In order of use, the least recent first. */
  readonly #entries = new Map<string, Entry>();
  readonly counters: ExpertCacheCounters = {
    hits: 0,
    loads: 0,
    prefetches: 0,
    usefulPrefetches: 0,
    evictions: 0,
    residentBytes: 0,
    peakBytes: 0,
  };
  readonly times = new ExpertTimes();
  readonly #everAsked = new Set<string>();
  readonly #everPrefetched = new Set<string>();

  /** Throws `expert_budget_too_small` when not even one expert fits. */
  constructor(options: ExpertCacheOptions) {
    this.#options = options;
    if (options.budgetBytes >= options.expertBytes) return;
    throw new AiBlockError(
      "expert_budget_too_small",
      `expertBudgetBytes: expected at least the ${options.expertBytes} bytes of one expert, got ${options.budgetBytes}`,
      { expertBytes: options.expertBytes, budgetBytes: options.budgetBytes },
    );
  }

  /** Slots of the experts ever announced, whether they were there or had to be loaded, and of those ever loaded ahead. */
  get history(): { readonly asked: ReadonlySet<string>; readonly prefetched: ReadonlySet<string> } {
    return { asked: this.#everAsked, prefetched: this.#everPrefetched };
  }

  /** The kernel of an expert that is there, or `undefined`. Does not count as a use. */
  kernelOf({ key }: ExpertRef): number | undefined {
    return this.#entries.get(key)?.kernel;
  }

  /**
   * The experts that a layer needs, in the order in which it will run them. Those that are there become the most
   * recently used, the first one most of all, so that room for missing ones is made elsewhere or at the end.
   */
  announce(experts: readonly ExpertRef[]): void {
    for (const { slot } of experts) this.#everAsked.add(slot);
    for (let i = experts.length - 1; i >= 0; i--) {
      const { key } = experts[i] as ExpertRef;
      const entry = this.#entries.get(key);
      if (entry === undefined) continue;
      this.#touch(key, entry);
      if (entry.kernel === undefined) continue;
      this.counters.hits++;
      if (entry.prefetched) this.#countUseful(entry);
    }
  }

  /**
   * Returns when `experts[from]` is there. Loads of the following missing ones begin as well, as far as there is room
   * without pushing out any of `experts`.
   */
  async ensure(experts: readonly ExpertRef[], from: number, signal: AbortSignal | undefined): Promise<void> {
    const wanted = new Set(experts.slice(from).map(({ key }) => key));
    const first = experts[from] as ExpertRef;
    while (this.kernelOf(first) === undefined) {
      this.#begin(first, wanted, true, signal);
      for (const expert of experts.slice(from + 1, from + 1 + LOOK_AHEAD)) this.#begin(expert, wanted, false, signal);
      const entry = this.#entries.get(first.key);
      // Without room all there is is still being loaded: what comes first makes room.
      if (entry === undefined) await Promise.race([...this.#entries.values()].map(({ loading }) => loading));
      else await entry.loading;
      if (entry?.prefetched) this.#countUseful(entry);
    }
  }

  /** Begins to load experts that will probably be asked for, where there is room without pushing out `keep`. */
  prefetch(experts: readonly ExpertRef[], keep: ReadonlySet<string>): void {
    for (const expert of experts) {
      if (this.#entries.has(expert.key) || !this.#makeRoom(keep, false)) continue;
      this.counters.prefetches++;
      this.#everPrefetched.add(expert.slot);
      const loading = this.#load(expert, undefined, true);
      // A failed prefetch is not an error: whoever asks for the expert loads it again and sees why.
      loading.catch(() => {});
    }
  }

  /** Waits for loads in flight and unloads everything. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#entries.values()].map(({ loading }) => loading));
    for (const [key, entry] of [...this.#entries]) this.#remove(key, entry);
  }

  #begin(expert: ExpertRef, wanted: ReadonlySet<string>, force: boolean, signal: AbortSignal | undefined): void {
    if (this.#entries.has(expert.key) || !this.#makeRoom(wanted, force)) return;
    this.counters.loads++;
    // The waiter gets the error from the entry; without one nobody may be left with an unhandled rejection.
    this.#load(expert, signal, false).catch(() => {});
  }

  #load(expert: ExpertRef, signal: AbortSignal | undefined, prefetched: boolean): Promise<void> {
    const entry: Entry = { kernel: undefined, loading: undefined, prefetched };
    this.#entries.set(expert.key, entry);
    this.#count(this.#options.expertBytes);
    const startMs = performance.now();
    entry.loading = this.#options.load(expert, signal).then(
      (kernel) => {
        this.times.loaded(expert.key, performance.now() - startMs);
        entry.kernel = kernel;
        entry.loading = undefined;
      },
      (error: unknown) => {
        this.#entries.delete(expert.key);
        this.#count(-this.#options.expertBytes);
        throw error;
      },
    );
    return entry.loading;
  }

  /**
   * Makes room for one expert. Experts of `keep` go only with `force`, and then the last used first: announced experts
   * lie in the order in which they will run, so that is the one needed latest.
   */
  #makeRoom(keep: ReadonlySet<string>, force: boolean): boolean {
    const { expertBytes, budgetBytes } = this.#options;
    while (this.counters.residentBytes + expertBytes > budgetBytes) {
      const victim = this.#victim(keep, force);
      if (victim === undefined) return false;
      this.counters.evictions++;
      this.#remove(...victim);
    }
    return true;
  }

  #victim(keep: ReadonlySet<string>, force: boolean): readonly [string, Entry] | undefined {
    const idle = [...this.#entries].filter(([, entry]) => entry.kernel !== undefined);
    return idle.find(([key]) => !keep.has(key)) ?? (force ? idle[0] : undefined);
  }

  #countUseful(entry: Entry): void {
    entry.prefetched = false;
    this.counters.usefulPrefetches++;
  }

  #touch(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#entries.set(key, entry);
  }

  #remove(key: string, entry: Entry): void {
    this.#entries.delete(key);
    if (entry.kernel === undefined) return;
    this.#options.unload(entry.kernel);
    this.#count(-this.#options.expertBytes);
  }

  #count(bytes: number): void {
    this.counters.residentBytes += bytes;
    this.counters.peakBytes = Math.max(this.counters.peakBytes, this.counters.residentBytes);
  }
}

/** Loads of one layer that are under way together. */
const LOOK_AHEAD = 4;
