/** Whether the rows of a ledger agree with each other. Reads all of them. */
import { crc32 } from "node:zlib";
import { readU64 } from "../../core/bytes.ts";
import type { SerialStore } from "../store/serialStore.ts";
import {
  ACCOUNTS_PREFIX,
  accountOfKey,
  decodeBalance,
  decodeEntry,
  decodeHold,
  decodeTotals,
  ENTRIES_PREFIX,
  entryKey,
  HOLDS_PREFIX,
  KEYS_PREFIX,
  keyKey,
  numberOfKey,
  RANKS_PREFIX,
  rankKey,
  TOTALS_KEY,
  untilOfKey,
} from "./ledgerRows.ts";

type Rows = Pick<SerialStore, "get" | "pages">;
type Amounts = Map<string, number>;

/** Says in sentences which sums do not agree; nothing when all do. */
export async function verifyRows(rows: Rows): Promise<string[]> {
  const wrong: string[] = [];
  const { booked, entries, keys } = await sumEntries(rows, wrong);
  await checkKeys(rows, keys.subarray(0, entries + 1), wrong);
  const held = await sumHolds(rows, wrong);
  const sum = { confirmed: 0, pending: 0 };
  let ranked = await count(rows, RANKS_PREFIX);
  for await (const page of rows.pages(ACCOUNTS_PREFIX)) {
    for (const [key, value] of page) {
      const account = accountOfKey(key);
      const { confirmed, pending } = decodeBalance(value);
      const rank = rows.get(rankKey(account, { confirmed, pending }));
      ranked -= 1;
      if (rank === undefined) wrong.push(`${account}: no rank`);
      else if (Buffer.compare(rank, value) !== 0) wrong.push(`${account}: rank and balance differ`);
      sum.confirmed += confirmed;
      sum.pending += pending;
      if (confirmed + pending !== (booked.get(account) ?? 0)) wrong.push(`${account}: balance and entries differ`);
      if (pending !== (held.get(account) ?? 0)) wrong.push(`${account}: pending amount and holds differ`);
      booked.delete(account);
      held.delete(account);
    }
  }
  if (ranked > 0) wrong.push(`ranks: ${ranked} of no account`);
  for (const account of booked.keys()) wrong.push(`${account}: entries without an account`);
  for (const account of held.keys()) wrong.push(`${account}: holds without an account`);
  const totals = decodeTotals(rows.get(TOTALS_KEY));
  if (totals.entries !== entries) wrong.push(`totals: ${totals.entries} entries, found ${entries}`);
  if (totals.confirmed !== sum.confirmed || totals.pending !== sum.pending) wrong.push("totals: balances differ");
  return wrong;
}

/** With the CRC-32 of each entry's key, by number: keys are compared in their own order, not looked up one by one. */
async function sumEntries(
  rows: Rows,
  wrong: string[],
): Promise<{ booked: Amounts; entries: number; keys: Uint32Array }> {
  const booked: Amounts = new Map();
  let keys = new Uint32Array(1024);
  let entries = 0;
  for await (const page of rows.pages(ENTRIES_PREFIX)) {
    for (const [rowKey, value] of page) {
      const { number, key, account, amount } = decodeEntry(numberOfKey(rowKey), value);
      entries += 1;
      booked.set(account, (booked.get(account) ?? 0) + amount);
      if (number !== entries) wrong.push(`entry ${number}: expected number ${entries}`);
      if (entries === keys.length) {
        const longer = new Uint32Array(2 * keys.length);
        longer.set(keys);
        keys = longer;
      }
      keys[entries] = crc32(keyKey(key));
    }
  }
  return { booked, entries, keys };
}

async function checkKeys(rows: Rows, keys: Uint32Array, wrong: string[]): Promise<void> {
  const found = new Uint8Array(keys.length);
  let others = 0;
  for await (const page of rows.pages(KEYS_PREFIX)) {
    for (const [rowKey, value] of page) {
      const number = readU64(value);
      if (number === 0 || found[number] !== 0 || keys[number] !== crc32(rowKey)) others += 1;
      else found[number] = 1;
    }
  }
  for (let number = 1; number < keys.length; number++) {
    if (found[number] === 0) wrong.push(`entry ${number}: its key is lost`);
  }
  if (others > 0) wrong.push(`keys: ${others} of no entry`);
}

async function sumHolds(rows: Rows, wrong: string[]): Promise<Amounts> {
  const held: Amounts = new Map();
  for await (const page of rows.pages(HOLDS_PREFIX)) {
    for (const [rowKey, value] of page) {
      const number = numberOfKey(rowKey);
      const { account, amount } = decodeHold(value);
      held.set(account, (held.get(account) ?? 0) + amount);
      const row = rows.get(entryKey(number));
      const entry = row && decodeEntry(number, row);
      if (entry?.account !== account || entry.amount !== amount || entry.heldUntilMs !== untilOfKey(rowKey)) {
        wrong.push(`hold of entry ${number}: no such entry`);
      }
    }
  }
  return held;
}

async function count(rows: Rows, prefix: Uint8Array): Promise<number> {
  let found = 0;
  for await (const page of rows.pages(prefix)) found += page.length;
  return found;
}
