/**
 * The ledger of this node: credits earned and spent, in whole micro-credits.
 *
 * - Entries are only ever appended, with numbers without gaps. There is one writer.
 * - Every entry has an idempotency key: the same key again gives the entry that is there.
 * - An amount may be held back until a time: it is pending, and becomes confirmed by itself.
 * - A balance never goes below zero: the check and the booking are one change.
 *
 * Invariant, at every moment: the confirmed and pending amounts of all accounts add up to the amounts of all entries,
 * and so do the totals. `verify` checks it by reading everything.
 */
import type { Clock } from "../../core/clock.ts";
import { errorCode } from "../../core/errors.ts";
import { GroupCommit, outcomeOf } from "../store/groupCommit.ts";
import { SerialStore, type SerialStoreOptions } from "../store/serialStore.ts";
import { LedgerChanges } from "./ledgerChanges.ts";
import {
  ACCOUNTS_PREFIX,
  accountKey,
  accountOfKey,
  accountOfRank,
  type Balance,
  decodeBalance,
  decodeEntry,
  decodeTotals,
  ENTRIES_PREFIX,
  encodeBalance,
  entryKey,
  entryOf,
  HOLDS_PREFIX,
  type LedgerEntry,
  markKey,
  numberOfKey,
  RANKS_PREFIX,
  rankKey,
  TOTALS_KEY,
  type Totals,
  untilOfKey,
} from "./ledgerRows.ts";
import { checkPosting, type Posting } from "./posting.ts";
import { type AccountBalance, MAX_RICHEST, RichestAccounts } from "./richestAccounts.ts";
import { verifyRows } from "./verifyRows.ts";

/** Holds that are released in one change: a batch stays short. */
const MAX_RELEASED = 1000;
/** Why the disk takes no change; reads go on. */
const UNWRITABLE: readonly unknown[] = ["disk_full", "disk_read_only", "store_unavailable"];

type Change = (changes: LedgerChanges) => unknown;

export class Ledger {
  readonly #store: SerialStore;
  readonly #clock: Clock;
  readonly #changes: GroupCommit<Change, unknown>;
  /** Of the group that is being stored. */
  #made: LedgerChanges | undefined;
  #groupsStored = 0;
  readonly #richest = new RichestAccounts();
  /** No hold ends before that. */
  #nextReleaseMs = 0;
  #releasing: Promise<void> | undefined;

  private constructor(store: SerialStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    this.#changes = new GroupCommit(store, {
      make: (rows, group) => {
        const changes = new LedgerChanges(rows);
        this.#made = changes;
        const outcomes = group.map((change) => outcomeOf(() => change(changes)));
        changes.putRows();
        return outcomes;
      },
      onStored: () => {
        this.#groupsStored += 1;
        for (const [account, { stored, now }] of this.#made?.accounts ?? []) this.#richest.change(account, stored, now);
      },
    });
  }

  /** Opens or creates the ledger in `folder`. Throws as `Database.open` does. */
  static async open(folder: string, options: SerialStoreOptions): Promise<Ledger> {
    let ledger: Ledger;
    const store = await SerialStore.open(folder, options, { onReopen: () => ledger.#loadRichest() });
    ledger = new Ledger(store, options.clock);
    try {
      await rankAll(store);
      await ledger.#loadRichest();
    } catch (error) {
      await store.close();
      throw error;
    }
    return ledger;
  }

  get totals(): Totals {
    return decodeTotals(this.#store.get(TOTALS_KEY));
  }

  /**
   * Books `posting`, unless its key is booked already: then that entry comes back. Resolves when it is on disk. Throws
   * `bad_posting`, `idempotency_conflict` (the key stands for something else), `insufficient_balance` (data.confirmed),
   * `mark_moved`, `store_unavailable`, `disk_full`.
   */
  async post(posting: Posting): Promise<LedgerEntry> {
    checkPosting(posting);
    if (posting.amount < 0) await this.release();
    try {
      return await this.#change((changes) => changes.book(posting, this.#clock.nowMs()));
    } finally {
      // Also after an error: a write that failed may be on disk all the same.
      this.#nextReleaseMs = Math.min(this.#nextReleaseMs, posting.heldUntilMs ?? Number.POSITIVE_INFINITY);
    }
  }

  /** Makes confirmed what was held until now. Throws as `post` does. */
  async release(): Promise<void> {
    // Those who ask at the same time wait for the same releases, and then for what has ended meanwhile.
    while (this.#releasing !== undefined || this.#nextReleaseMs <= this.#clock.nowMs()) {
      this.#releasing ??= this.#releaseDue().finally(() => {
        this.#releasing = undefined;
      });
      await this.#releasing;
    }
  }

  entry(key: string): LedgerEntry | undefined {
    return entryOf(this.#store, key);
  }

  /** Confirmed includes what was held until now, as long as the disk takes changes. */
  async balance(account: string): Promise<Balance> {
    await this.#releaseIfPossible();
    return decodeBalance(this.#store.get(accountKey(account)));
  }

  /** The bytes that the last posting with this mark left; `undefined` before the first. */
  mark(name: string): Uint8Array | undefined {
    return this.#store.get(markKey(name));
  }

  /** The `limit` newest, or fewer; newest first, those with numbers below `before`. */
  async entries(limit: number, before?: number): Promise<LedgerEntry[]> {
    const after = before === undefined ? {} : { after: entryKey(before) };
    const entries: LedgerEntry[] = [];
    for await (const page of this.#store.pages(ENTRIES_PREFIX, { reverse: true, limit, ...after })) {
      for (const [key, value] of page) entries.push(decodeEntry(numberOfKey(key), value));
    }
    return entries;
  }

  /** The `limit` accounts with the most, confirmed and pending together; those with equally much by name. */
  async richest(limit: number): Promise<AccountBalance[]> {
    await this.#releaseIfPossible();
    const known = this.#richest.first(limit);
    if (known !== undefined) return known;
    if (limit > MAX_RICHEST) return this.#readRichest(limit);
    const groupsStored = this.#groupsStored;
    const accounts = await this.#readRichest(MAX_RICHEST);
    // What was stored while they were read may be missing in them.
    if (this.#groupsStored === groupsStored) this.#richest.load(accounts);
    return accounts.slice(0, limit);
  }

  /** Reads everything and says, in sentences, which sums do not agree; nothing when all do. */
  verify(): Promise<string[]> {
    return verifyRows(this.#store);
  }

  /** Waits for postings under way. May be called twice. */
  async close(): Promise<void> {
    await this.#changes.drain();
    await this.#store.close();
  }

  #change<T>(change: (changes: LedgerChanges) => T): Promise<T> {
    return this.#changes.add(change) as Promise<T>;
  }

  async #loadRichest(): Promise<void> {
    this.#richest.load(await this.#readRichest(MAX_RICHEST));
  }

  async #readRichest(limit: number): Promise<AccountBalance[]> {
    const accounts: AccountBalance[] = [];
    for await (const page of this.#store.pages(RANKS_PREFIX, { limit })) {
      for (const [key, value] of page) accounts.push({ account: accountOfRank(key), ...decodeBalance(value) });
    }
    return accounts;
  }

  async #releaseIfPossible(): Promise<void> {
    try {
      await this.release();
    } catch (error) {
      if (!UNWRITABLE.includes(errorCode(error))) throw error;
    }
  }

  async #releaseDue(): Promise<void> {
    // Holds that are booked while the others are looked through lower it again.
    this.#nextReleaseMs = Number.POSITIVE_INFINITY;
    try {
      for (;;) {
        const { due, nextMs } = await this.#due();
        if (due.length > 0) await this.#change((changes) => changes.releaseAll(due));
        if (nextMs === undefined) continue;
        this.#nextReleaseMs = Math.min(this.#nextReleaseMs, nextMs);
        return;
      }
    } catch (error) {
      this.#nextReleaseMs = 0;
      throw error;
    }
  }

  /** Holds that end now or have ended, and when the next one ends: `undefined` when there are more that have. */
  async #due(): Promise<{ readonly due: readonly Uint8Array[]; readonly nextMs: number | undefined }> {
    const nowMs = this.#clock.nowMs();
    const due: Uint8Array[] = [];
    for await (const [key] of this.#store.scan(HOLDS_PREFIX)) {
      if (due.length === MAX_RELEASED) return { due, nextMs: undefined };
      const untilMs = untilOfKey(key);
      if (untilMs > nowMs) return { due, nextMs: untilMs };
      due.push(key);
    }
    return { due, nextMs: Number.POSITIVE_INFINITY };
  }
}

/** Ledgers of earlier versions have no ranks. */
async function rankAll(store: SerialStore): Promise<void> {
  for await (const _ of store.scan(RANKS_PREFIX, { limit: 1 })) return;
  const balances: [account: string, balance: Balance][] = [];
  for await (const [key, value] of store.scan(ACCOUNTS_PREFIX))
    balances.push([accountOfKey(key), decodeBalance(value)]);
  if (balances.length === 0) return;
  await store.apply((rows) => {
    for (const [account, balance] of balances) rows.put(rankKey(account, balance), encodeBalance(balance));
  });
}
