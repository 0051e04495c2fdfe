/**
 * The accounts with the most, in memory, in the order of their ranks: by confirmed and pending together, those with
 * equally much by name. On disk the rank that an account leaves is in the way of a reader until LevelDB has tidied up, so
 * reading ranks takes longer the more was booked.
 *
 * Invariant: those listed are the richest of all, in order. An account that leaves the list for a place below its end makes
 * it shorter, because who comes next there is not known; when it is too short, it has to be loaded again.
 */
import { bytesEqual, compareBytes } from "../../core/bytes.ts";
import { type Balance, rankKey } from "./ledgerRows.ts";

/** Those that are listed at most. */
export const MAX_RICHEST = 1000;

export interface AccountBalance extends Balance {
  readonly account: string;
}

interface Ranked {
  readonly rank: Uint8Array;
  readonly of: AccountBalance;
}

export class RichestAccounts {
  readonly #max: number;
  #list: Ranked[] = [];
  /** Whether there are no others. */
  #isComplete = false;

  constructor(max = MAX_RICHEST) {
    this.#max = max;
  }

  /** Takes the first accounts by rank, as many as are listed at most, or all. */
  load(accounts: readonly AccountBalance[]): void {
    this.#list = accounts.map((of) => ({ rank: rankKey(of.account, of), of }));
    this.#isComplete = accounts.length < this.#max;
  }

  /** The `limit` first, or all; `undefined` when that many are not known. */
  first(limit: number): AccountBalance[] | undefined {
    if (limit > this.#list.length && !this.#isComplete) return undefined;
    return this.#list.slice(0, limit).map(({ of }) => of);
  }

  /** `before` is `undefined` for a new account. */
  change(account: string, before: Balance | undefined, now: Balance): void {
    if (before !== undefined) {
      const rank = rankKey(account, before);
      const at = this.#place(rank);
      if (this.#isAt(at, rank)) this.#list.splice(at, 1);
    }
    const rank = rankKey(account, now);
    const at = this.#place(rank);
    if (at === this.#list.length && !this.#isComplete) return;
    this.#list.splice(at, this.#isAt(at, rank) ? 1 : 0, { rank, of: { account, ...now } });
    if (this.#list.length <= this.#max) return;
    this.#list.pop();
    this.#isComplete = false;
  }

  #isAt(at: number, rank: Uint8Array): boolean {
    const found = this.#list[at];
    return found !== undefined && bytesEqual(found.rank, rank);
  }

  /** Where `rank` is, or belongs. */
  #place(rank: Uint8Array): number {
    let low = 0;
    let high = this.#list.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareBytes((this.#list[middle] as Ranked).rank, rank) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
