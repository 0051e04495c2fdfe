/** What is to be booked, and the checks that need no store. */
import { excerpt } from "../../core/bytes.ts";
import { AiBlockError } from "../../core/errors.ts";
import { type LedgerEntry, MAX_ACCOUNT_CHARS, MAX_KEY_CHARS, MAX_REASON_CHARS } from "./ledgerRows.ts";

export interface Posting {
  /** Idempotency key: 1 to 256 characters. */
  readonly key: string;
  readonly account: string;
  /** Whole micro-credits, not 0: positive is earned, negative is spent. */
  readonly amount: number;
  readonly reason: string;
  /** Holds an amount that is earned back until then (ms since 1970). */
  readonly heldUntilMs?: number | null;
  /** How far something has been paid for: moves from `from` to `to` together with the booking, or nothing happens. */
  readonly mark?: {
    readonly name: string;
    readonly from: Uint8Array | undefined;
    readonly to: Uint8Array;
  };
}

/** Throws `bad_posting`. */
export function checkPosting({ key, account, amount, reason, heldUntilMs = null }: Posting): void {
  text("key", key, 1, MAX_KEY_CHARS);
  text("account", account, 1, MAX_ACCOUNT_CHARS);
  text("reason", reason, 0, MAX_REASON_CHARS);
  if (!Number.isSafeInteger(amount) || amount === 0) throw bad("amount", "an integer other than 0", amount);
  if (heldUntilMs === null) return;
  if (!Number.isSafeInteger(heldUntilMs) || heldUntilMs < 0) throw bad("heldUntilMs", "a time in ms", heldUntilMs);
  if (amount < 0) throw bad("heldUntilMs", "none for an amount that is spent", heldUntilMs);
}

/** `booked`, if it is what `posting` asks for. Throws `idempotency_conflict`. */
export function sameEntry(booked: LedgerEntry, { key, account, amount }: Posting): LedgerEntry {
  if (booked.account === account && booked.amount === amount) return booked;
  throw new AiBlockError(
    "idempotency_conflict",
    `key: ${excerpt(key)} is booked with ${booked.amount} for ${booked.account} already`,
    { number: booked.number },
  );
}

function text(name: string, value: string, min: number, max: number): void {
  if (typeof value === "string" && value.length >= min && value.length <= max && value.isWellFormed()) return;
  throw bad(name, `a text of ${min} to ${max} characters`, value);
}

function bad(name: string, expected: string, got: unknown): AiBlockError {
  return new AiBlockError("bad_posting", `${name}: expected ${expected}, got ${excerpt(got)}`, { field: name });
}
