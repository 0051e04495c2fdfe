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
import { u64 } from "../../core/bytes.ts";
import type { Clock } from "../../core/clock.ts";
import { AiBlockError } from "../../core/errors.ts";
import { SerialStore, type SerialStoreOptions } from "../store/serialStore.ts";
import type { Transaction } from "../store/transaction.ts";
import {
  ACCOUNTS_PREFIX,
  accountKey,
  accountOfKey,
  accountOfRank,
  type Balance,
  decodeBalance,
  decodeEntry,
  decodeHold,
  decodeTotals,
  ENTRIES_PREFIX,
  encodeBalance,
  encodeEntry,
  encodeHold,
  encodeTotals,
  entryKey,
  entryOf,
  HOLDS_PREFIX,
  holdKey,
  keyKey,
  type LedgerEntry,
  markKey,
  numberOfKey,
  RANKS_PREFIX,
  rankKey,
  TOTALS_KEY,
  type Totals,
  untilOfKey,
} from "./ledgerRows.ts";
import { checkPosting, type Posting, sameEntry } from "./posting.ts";
import { verifyRows } from "./verifyRows.ts";

/** Holds that are released in one change: a batch stays short. */
const MAX_RELEASED = 1000;

export class Ledger {
  readonly #store: SerialStore;
  readonly #clock: Clock;

  private constructor(store: SerialStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Opens or creates the ledger in `folder`. Throws as `Database.open` does. */
  static async open(folder: string, options: SerialStoreOptions): Promise<Ledger> {
    const store = await SerialStore.open(folder, options);
    try {
      await rankAll(store);
    } catch (error) {
      await store.close();
      throw error;
    }
    return new Ledger(store, options.clock);
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
    return this.#store.apply((rows) => this.#book(rows, posting));
  }

  /** Makes confirmed what was held until now. Returns how many holds went. */
  async release(): Promise<number> {
    let released = 0;
    for (;;) {
      const due: Uint8Array[] = [];
      const nowMs = this.#clock.nowMs();
      for await (const [key] of this.#store.scan(HOLDS_PREFIX, { limit: MAX_RELEASED })) {
        if (untilOfKey(key) > nowMs) break;
        due.push(key);
      }
      if (due.length === 0) return released;
      released += await this.#store.apply((rows) => due.filter((key) => releaseHold(rows, key)).length);
    }
  }

  entry(key: string): LedgerEntry | undefined {
    return entryOf(this.#store, key);
  }

  /** Confirmed includes what was held until now. */
  async balance(account: string): Promise<Balance> {
    await this.release();
    return decodeBalance(this.#store.get(accountKey(account)));
  }

  /** The bytes that the last posting with this mark left; `undefined` before the first. */
  mark(name: string): Uint8Array | undefined {
    return this.#store.get(markKey(name));
  }

  /** Newest first, those with numbers below `before`. */
  async *entries(before?: number): AsyncGenerator<LedgerEntry> {
    const after = before === undefined ? {} : { after: entryKey(before) };
    for await (const [key, value] of this.#store.scan(ENTRIES_PREFIX, { reverse: true, ...after })) {
      yield decodeEntry(numberOfKey(key), value);
    }
  }

  /** The `limit` accounts with the most, confirmed and pending together; those with equally much by name. */
  async *richest(limit: number): AsyncGenerator<{ readonly account: string } & Balance> {
    await this.release();
    for await (const [key, value] of this.#store.scan(RANKS_PREFIX, { limit })) {
      yield { account: accountOfRank(key), ...decodeBalance(value) };
    }
  }

  /** Reads everything and says, in sentences, which sums do not agree; nothing when all do. */
  verify(): Promise<string[]> {
    return verifyRows(this.#store);
  }

  /** Waits for postings under way. May be called twice. */
  close(): Promise<void> {
    return this.#store.close();
  }

  #book(rows: Transaction, posting: Posting): LedgerEntry {
    const { key, account, amount, mark } = posting;
    const booked = entryOf(rows, key);
    if (booked !== undefined) return sameEntry(booked, posting);
    if (mark !== undefined) moveMark(rows, mark);
    const nowMs = this.#clock.nowMs();
    const until = posting.heldUntilMs ?? null;
    const heldUntilMs = until !== null && until > nowMs ? until : null;
    const number = decodeTotals(rows.get(TOTALS_KEY)).entries + 1;
    const entry = { number, timeMs: nowMs, key, account, amount, reason: posting.reason, heldUntilMs };
    if (heldUntilMs === null) change(rows, account, { confirmed: amount, pending: 0 }, 1);
    else {
      change(rows, account, { confirmed: 0, pending: amount }, 1);
      rows.put(holdKey(heldUntilMs, number), encodeHold({ account, amount }));
    }
    rows.put(entryKey(number), encodeEntry(entry));
    rows.put(keyKey(key), u64(number));
    return entry;
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

/** Changes a balance and the totals. Throws `insufficient_balance`, or `bad_posting` where sums would lose precision. */
function change(rows: Transaction, account: string, by: Balance, newEntries: number): void {
  const row = rows.get(accountKey(account));
  const balance = decodeBalance(row);
  const totals = decodeTotals(rows.get(TOTALS_KEY));
  const confirmed = balance.confirmed + by.confirmed;
  if (confirmed < 0) {
    throw new AiBlockError(
      "insufficient_balance",
      `account ${account}: expected ${-by.confirmed} confirmed micro-credits, got ${balance.confirmed}`,
      { confirmed: balance.confirmed, pending: balance.pending },
    );
  }
  const total = { confirmed: totals.confirmed + by.confirmed, pending: totals.pending + by.pending };
  if (total.confirmed + total.pending > Number.MAX_SAFE_INTEGER) {
    throw new AiBlockError("bad_posting", "amount: the sum of all accounts would exceed 2^53 - 1");
  }
  const changed = { confirmed, pending: balance.pending + by.pending };
  if (row !== undefined) rows.delete(rankKey(account, balance));
  rows.put(rankKey(account, changed), encodeBalance(changed));
  rows.put(accountKey(account), encodeBalance(changed));
  rows.put(TOTALS_KEY, encodeTotals({ entries: totals.entries + newEntries, ...total }));
}

/** False when somebody else has released it meanwhile. */
function releaseHold(rows: Transaction, key: Uint8Array): boolean {
  const row = rows.get(key);
  if (row === undefined) return false;
  const { account, amount } = decodeHold(row);
  rows.delete(key);
  change(rows, account, { confirmed: amount, pending: -amount }, 0);
  return true;
}

function moveMark(rows: Transaction, { name, from, to }: NonNullable<Posting["mark"]>): void {
  const now = rows.get(markKey(name));
  const asExpected = now === undefined || from === undefined ? now === from : Buffer.compare(now, from) === 0;
  if (!asExpected) throw new AiBlockError("mark_moved", `mark ${name}: somebody else has moved it meanwhile`);
  rows.put(markKey(name), to);
}
