/** Whether the rows of a ledger agree with each other. Reads all of them. */
import type { SerialStore } from "../store/serialStore.ts";
import {
  ACCOUNTS_PREFIX,
  accountOfKey,
  decodeBalance,
  decodeEntry,
  decodeHold,
  decodeTotals,
  ENTRIES_PREFIX,
  entryOf,
  HOLDS_PREFIX,
  numberOfKey,
  RANKS_PREFIX,
  rankKey,
  TOTALS_KEY,
} from "./ledgerRows.ts";

/** Says in sentences which sums do not agree; nothing when all do. */
export async function verifyRows(rows: Pick<SerialStore, "get" | "scan">): Promise<string[]> {
  const wrong: string[] = [];
  const booked = new Map<string, number>();
  let entries = 0;
  for await (const [key, value] of rows.scan(ENTRIES_PREFIX)) {
    const entry = decodeEntry(numberOfKey(key), value);
    entries += 1;
    booked.set(entry.account, (booked.get(entry.account) ?? 0) + entry.amount);
    if (entryOf(rows, entry.key)?.number !== entry.number) wrong.push(`entry ${entry.number}: its key is lost`);
  }
  const held = new Map<string, number>();
  for await (const [, value] of rows.scan(HOLDS_PREFIX)) {
    const { account, amount } = decodeHold(value);
    held.set(account, (held.get(account) ?? 0) + amount);
  }
  const sum = { confirmed: 0, pending: 0 };
  let ranked = 0;
  for await (const _ of rows.scan(RANKS_PREFIX)) ranked += 1;
  for await (const [key, value] of rows.scan(ACCOUNTS_PREFIX)) {
    const account = accountOfKey(key);
    const { confirmed, pending } = decodeBalance(value);
    ranked -= 1;
    if (rows.get(rankKey(account, { confirmed, pending })) === undefined) wrong.push(`${account}: no rank`);
    sum.confirmed += confirmed;
    sum.pending += pending;
    if (confirmed + pending !== (booked.get(account) ?? 0)) wrong.push(`${account}: balance and entries differ`);
    if (pending !== (held.get(account) ?? 0)) wrong.push(`${account}: pending amount and holds differ`);
    booked.delete(account);
  }
  if (ranked > 0) wrong.push(`ranks: ${ranked} of no account`);
  for (const [account, amount] of booked) if (amount !== 0) wrong.push(`${account}: entries without an account`);
  const totals = decodeTotals(rows.get(TOTALS_KEY));
  if (totals.entries !== entries) wrong.push(`totals: ${totals.entries} entries, found ${entries}`);
  if (totals.confirmed !== sum.confirmed || totals.pending !== sum.pending) wrong.push("totals: balances differ");
  return wrong;
}
