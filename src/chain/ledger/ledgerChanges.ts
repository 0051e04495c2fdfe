/**
 * What postings and releases of one batch change. Balances and totals are kept decoded until `putRows`, which writes each
 * of them once, however many entries it took.
 *
 * Invariant: a posting that is refused leaves nothing behind: all that can refuse it comes before the first change.
 */
import { bytesEqual, u64 } from "../../core/bytes.ts";
import { AiBlockError } from "../../core/errors.ts";
import type { Transaction } from "../store/transaction.ts";
import {
  accountKey,
  type Balance,
  decodeBalance,
  decodeHold,
  decodeTotals,
  encodeBalance,
  encodeEntry,
  encodeHold,
  encodeTotals,
  entryKey,
  entryOf,
  holdKey,
  keyKey,
  type LedgerEntry,
  markKey,
  rankKey,
  TOTALS_KEY,
  type Totals,
} from "./ledgerRows.ts";
import { type Posting, sameEntry } from "./posting.ts";

interface Changed {
  /** What is in the rows, `undefined` for a new account, and what has become of it. */
  readonly stored: Balance | undefined;
  readonly now: Balance;
}

export class LedgerChanges {
  readonly #rows: Transaction;
  readonly #accounts = new Map<string, Changed>();
  #totals: Totals;

  constructor(rows: Transaction) {
    this.#rows = rows;
    this.#totals = decodeTotals(rows.get(TOTALS_KEY));
  }

  /** As `Ledger.post`. */
  book(posting: Posting, nowMs: number): LedgerEntry {
    const { key, account, amount, reason, mark } = posting;
    const booked = entryOf(this.#rows, key);
    if (booked !== undefined) return sameEntry(booked, posting);
    if (mark !== undefined) this.#checkMark(mark);
    const until = posting.heldUntilMs ?? null;
    const heldUntilMs = until !== null && until > nowMs ? until : null;
    const number = this.#totals.entries + 1;
    const entry = { number, timeMs: nowMs, key, account, amount, reason, heldUntilMs };
    const row = encodeEntry(entry);
    this.#change(account, heldUntilMs === null ? [amount, 0] : [0, amount]);
    this.#totals = { ...this.#totals, entries: number };
    if (heldUntilMs !== null) this.#rows.put(holdKey(heldUntilMs, number), encodeHold({ account, amount }));
    if (mark !== undefined) this.#rows.put(markKey(mark.name), mark.to);
    this.#rows.put(entryKey(number), row);
    this.#rows.put(keyKey(key), u64(number));
    return entry;
  }

  /** Makes confirmed what the holds at `keys` hold; nothing of those that have been released before. */
  releaseAll(keys: readonly Uint8Array[]): void {
    for (const key of keys) {
      const row = this.#rows.get(key);
      if (row === undefined) continue;
      const { account, amount } = decodeHold(row);
      this.#change(account, [amount, -amount]);
      this.#rows.delete(key);
    }
  }

  /** By account, what it had before (`undefined` for a new one) and has now. */
  get accounts(): ReadonlyMap<string, { readonly stored: Balance | undefined; readonly now: Balance }> {
    return this.#accounts;
  }

  /** Writes balances, ranks and totals; the last call that changes rows. */
  putRows(): void {
    for (const [account, { stored, now }] of this.#accounts) {
      const balance = encodeBalance(now);
      if (stored !== undefined) this.#rows.delete(rankKey(account, stored));
      this.#rows.put(rankKey(account, now), balance);
      this.#rows.put(accountKey(account), balance);
    }
    if (this.#accounts.size > 0) this.#rows.put(TOTALS_KEY, encodeTotals(this.#totals));
  }

  /** Throws `insufficient_balance`, or `bad_posting` where sums would lose precision; then nothing is changed. */
  #change(account: string, [confirmedBy, pendingBy]: readonly [number, number]): void {
    const { stored, now } = this.#accounts.get(account) ?? this.#read(account);
    const confirmed = now.confirmed + confirmedBy;
    if (confirmed < 0) {
      throw new AiBlockError(
        "insufficient_balance",
        `account ${account}: expected ${-confirmedBy} confirmed micro-credits, got ${now.confirmed}`,
        { ...now },
      );
    }
    const totals = this.#totals;
    const sums = { confirmed: totals.confirmed + confirmedBy, pending: totals.pending + pendingBy };
    if (sums.confirmed + sums.pending > Number.MAX_SAFE_INTEGER) {
      throw new AiBlockError("bad_posting", "amount: the sum of all accounts would exceed 2^53 - 1");
    }
    this.#totals = { ...totals, ...sums };
    this.#accounts.set(account, { stored, now: { confirmed, pending: now.pending + pendingBy } });
  }

  #read(account: string): Changed {
    const row = this.#rows.get(accountKey(account));
    const stored = row === undefined ? undefined : decodeBalance(row);
    return { stored, now: decodeBalance(row) };
  }

  #checkMark({ name, from }: NonNullable<Posting["mark"]>): void {
    const now = this.#rows.get(markKey(name));
    const asExpected = now === undefined || from === undefined ? now === from : bytesEqual(now, from);
    if (!asExpected) throw new AiBlockError("mark_moved", `mark ${name}: somebody else has moved it meanwhile`);
  }
}
