/**
 * Rows of the ledger. A key is one byte, then the parts listed here; integers are big-endian, texts UTF-8.
 *
 *   0x00 info      name -> see database.ts
 *   0x01 totals    -> canonical [number of the last entry, sum of all confirmed, sum of all pending]
 *   0x02 entries   number (u64) -> canonical [timeMs, key, account, amount, reason, held until | nil]
 *   0x03 keys      idempotency key -> number (u64)
 *   0x04 accounts  account -> canonical [confirmed, pending]
 *   0x05 holds     held until (u64, ms), number (u64) -> canonical [account, amount]
 *   0x06 marks     name -> bytes: how far something was paid for; moves together with the payment
 *   0x07 ranks     2^53 - 1 less confirmed and pending (u64), account -> as in accounts: the richest one comes first
 */
import { readU64, writeU64 } from "../../core/bytes.ts";
import { decodeCanonical, encodeCanonical, type WireValue } from "../../core/codec.ts";
import { asArray, asText, asUint, badField } from "../../core/wire.ts";

export const MAX_KEY_CHARS = 256;
export const MAX_ACCOUNT_CHARS = 128;
export const MAX_REASON_CHARS = 256;

export interface LedgerEntry {
  /** 1 for the first entry ever; without gaps. */
  readonly number: number;
  readonly timeMs: number;
  /** Same key, same entry: nothing is booked twice. */
  readonly key: string;
  readonly account: string;
  /** Whole micro-credits; negative for what is spent. */
  readonly amount: number;
  readonly reason: string;
  /** The amount can be spent from then on, ms since 1970; `null`: at once. */
  readonly heldUntilMs: number | null;
}

export interface Balance {
  /** What can be spent. */
  readonly confirmed: number;
  /** What is still held. */
  readonly pending: number;
}

export interface Totals extends Balance {
  /** Number of the last entry; 0 without any. */
  readonly entries: number;
}

export interface Hold {
  readonly account: string;
  readonly amount: number;
}

export const TOTALS_KEY = Uint8Array.of(0x01);
export const ENTRIES_PREFIX = Uint8Array.of(0x02);
export const KEYS_PREFIX = Uint8Array.of(0x03);
export const ACCOUNTS_PREFIX = Uint8Array.of(0x04);
export const HOLDS_PREFIX = Uint8Array.of(0x05);
const MARKS_PREFIX = Uint8Array.of(0x06);
export const RANKS_PREFIX = Uint8Array.of(0x07);

export const entryKey = (number: number): Uint8Array => numbersKey(ENTRIES_PREFIX, number);
export const keyKey = (key: string): Uint8Array => textKey(KEYS_PREFIX, key);
export const accountKey = (account: string): Uint8Array => textKey(ACCOUNTS_PREFIX, account);
export const markKey = (name: string): Uint8Array => textKey(MARKS_PREFIX, name);
export const holdKey = (untilMs: number, number: number): Uint8Array => numbersKey(HOLDS_PREFIX, untilMs, number);

export function rankKey(account: string, { confirmed, pending }: Balance): Uint8Array {
  const key = Buffer.allocUnsafe(9 + Buffer.byteLength(account));
  key.set(RANKS_PREFIX);
  writeU64(key, Number.MAX_SAFE_INTEGER - confirmed - pending, 1);
  key.write(account, 9);
  return key;
}

export const accountOfKey = (key: Uint8Array): string => textFrom(key, 1);
export const accountOfRank = (key: Uint8Array): string => textFrom(key, 9);
export const untilOfKey = (key: Uint8Array): number => readU64(key, 1);
export const numberOfKey = (key: Uint8Array): number => readU64(key, key.length - 8);

const LIMITS = { maxBytes: 4096, maxDepth: 2, maxItems: 16 };

export function encodeEntry(entry: LedgerEntry): Uint8Array {
  const { timeMs, key, account, amount, reason, heldUntilMs } = entry;
  return encodeCanonical([timeMs, key, account, amount, reason, heldUntilMs]);
}

/** Throws `bad_encoding`. */
export function decodeEntry(number: number, bytes: Uint8Array): LedgerEntry {
  const [timeMs, key, account, amount, reason, held] = fields(bytes, "entry", 6);
  return {
    number,
    timeMs: asUint(timeMs, "timeMs"),
    key: asText(key, "key", { maxChars: MAX_KEY_CHARS }),
    account: asText(account, "account", { maxChars: MAX_ACCOUNT_CHARS }),
    amount: asInteger(amount, "amount"),
    reason: asText(reason, "reason", { maxChars: MAX_REASON_CHARS }),
    heldUntilMs: held === null ? null : asUint(held, "heldUntilMs"),
  };
}

/** The entry that has this idempotency key. */
export function entryOf(rows: { get(key: Uint8Array): Uint8Array | undefined }, key: string): LedgerEntry | undefined {
  const number = rows.get(keyKey(key));
  if (number === undefined) return undefined;
  const at = readU64(number);
  return decodeEntry(at, rows.get(entryKey(at)) as Uint8Array);
}

export function encodeBalance({ confirmed, pending }: Balance): Uint8Array {
  return encodeCanonical([confirmed, pending]);
}

/** Throws `bad_encoding`. */
export function decodeBalance(bytes: Uint8Array | undefined): Balance {
  if (bytes === undefined) return { confirmed: 0, pending: 0 };
  const [confirmed, pending] = fields(bytes, "balance", 2);
  return { confirmed: asUint(confirmed, "confirmed"), pending: asUint(pending, "pending") };
}

export function encodeTotals({ entries, confirmed, pending }: Totals): Uint8Array {
  return encodeCanonical([entries, confirmed, pending]);
}

/** Throws `bad_encoding`. */
export function decodeTotals(bytes: Uint8Array | undefined): Totals {
  if (bytes === undefined) return { entries: 0, confirmed: 0, pending: 0 };
  const [entries, confirmed, pending] = fields(bytes, "totals", 3);
  return {
    entries: asUint(entries, "entries"),
    confirmed: asUint(confirmed, "confirmed"),
    pending: asUint(pending, "pending"),
  };
}

export function encodeHold({ account, amount }: Hold): Uint8Array {
  return encodeCanonical([account, amount]);
}

/** Throws `bad_encoding`. */
export function decodeHold(bytes: Uint8Array): Hold {
  const [account, amount] = fields(bytes, "hold", 2);
  return { account: asText(account, "account", { maxChars: MAX_ACCOUNT_CHARS }), amount: asUint(amount, "amount") };
}

/** Pooled buffers, as all keys here: a fresh Uint8Array costs three times as much. */
function textKey(prefix: Uint8Array, text: string): Uint8Array {
  const key = Buffer.allocUnsafe(1 + Buffer.byteLength(text));
  key.set(prefix);
  key.write(text, 1);
  return key;
}

function textFrom(key: Uint8Array, offset: number): string {
  return Buffer.from(key.buffer, key.byteOffset + offset, key.length - offset).toString("utf8");
}

function numbersKey(prefix: Uint8Array, ...numbers: readonly number[]): Uint8Array {
  const key = Buffer.allocUnsafe(1 + 8 * numbers.length);
  key.set(prefix);
  for (const [i, number] of numbers.entries()) writeU64(key, number, 1 + 8 * i);
  return key;
}

function fields(bytes: Uint8Array, name: string, length: number): readonly (WireValue | undefined)[] {
  return asArray(decodeCanonical(bytes, LIMITS), name, { length }) as readonly WireValue[];
}

function asInteger(value: unknown, name: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value)) return value;
  throw badField(name, "an integer", value);
}
