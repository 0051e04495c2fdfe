/**
 * How many blocks of a kind that costs nothing to make this node holds: candidates that nobody has adopted, and first
 * versions of one slot. Blocks over a quota are ignored, so another node may hold them; the heads do not depend on them.
 *
 * An author is known to a model once a version of his was adopted there. Authors that are not share one more quota.
 */
import { concatBytes, readU64, toHex, u64, utf8 } from "../../core/bytes.ts";
import {
  MAX_FIRST_VERSIONS_PER_SLOT,
  MAX_PENDING_BY_UNKNOWN_AUTHORS,
  MAX_PENDING_PER_AUTHOR,
  MAX_PENDING_PER_AUTHOR_AND_SLOT,
} from "../limits.ts";
import type { RowReader } from "../store/database.ts";
import { keyOf } from "../store/keySpaces.ts";
import type { Transaction } from "../store/transaction.ts";

/** The quota that one more block would exceed, in words, or `undefined`. */
export function exceededQuota(rows: RowReader, model: Uint8Array, slot: string, author: Uint8Array, first: boolean) {
  if (first) {
    return atLeast(rows, model, firstVersions(slot), MAX_FIRST_VERSIONS_PER_SLOT)
      ? `${MAX_FIRST_VERSIONS_PER_SLOT} first versions of ${slot}`
      : undefined;
  }
  if (atLeast(rows, model, pendingInSlot(author, slot), MAX_PENDING_PER_AUTHOR_AND_SLOT)) {
    return `${MAX_PENDING_PER_AUTHOR_AND_SLOT} pending candidates of one author for ${slot}`;
  }
  if (atLeast(rows, model, pendingByAuthor(author), MAX_PENDING_PER_AUTHOR)) {
    return `${MAX_PENDING_PER_AUTHOR} pending candidates of one author`;
  }
  if (isKnownAuthor(rows, model, author)) return undefined;
  return atLeast(rows, model, PENDING_BY_UNKNOWN, MAX_PENDING_BY_UNKNOWN_AUTHORS)
    ? `${MAX_PENDING_BY_UNKNOWN_AUTHORS} pending candidates of authors without an adopted version`
    : undefined;
}

export function countFirstVersion(rows: Transaction, model: Uint8Array, slot: string): number {
  return change(rows, model, firstVersions(slot), 1);
}

/** A candidate comes (`by` = 1) or goes (-1). */
export function countPending(rows: Transaction, model: Uint8Array, slot: string, author: Uint8Array, by: 1 | -1): void {
  change(rows, model, pendingInSlot(author, slot), by);
  change(rows, model, pendingByAuthor(author), by);
  if (!isKnownAuthor(rows, model, author)) change(rows, model, PENDING_BY_UNKNOWN, by);
}

/** A candidate of `author` was adopted: it is pending no more, and from now on its author is known. */
export function countAdopted(rows: Transaction, model: Uint8Array, slot: string, author: Uint8Array): void {
  countPending(rows, model, slot, author, -1);
  if (!isKnownAuthor(rows, model, author)) {
    change(rows, model, PENDING_BY_UNKNOWN, -read(rows, model, pendingByAuthor(author)));
  }
  change(rows, model, adoptedBy(author), 1);
}

export function isKnownAuthor(rows: RowReader, model: Uint8Array, author: Uint8Array): boolean {
  return read(rows, model, adoptedBy(author)) > 0;
}

const PENDING_BY_UNKNOWN = "pending-by-unknown";
const firstVersions = (slot: string) => `first:${slot}`;
const pendingInSlot = (author: Uint8Array, slot: string) => `pending:${toHex(author)}:${slot}`;
const pendingByAuthor = (author: Uint8Array) => `pending:${toHex(author)}`;
const adoptedBy = (author: Uint8Array) => `adopted:${toHex(author)}`;

function atLeast(rows: RowReader, model: Uint8Array, name: string, limit: number): boolean {
  return read(rows, model, name) >= limit;
}

function read(rows: RowReader, model: Uint8Array, name: string): number {
  const row = rows.get(counterKey(model, name));
  return row === undefined ? 0 : readU64(row);
}

function change(rows: Transaction, model: Uint8Array, name: string, by: number): number {
  const value = read(rows, model, name) + by;
  if (value === 0) rows.delete(counterKey(model, name));
  else rows.put(counterKey(model, name), u64(value));
  return value;
}

function counterKey(model: Uint8Array, name: string): Uint8Array {
  return keyOf("quotas", concatBytes(model, utf8(name)));
}
