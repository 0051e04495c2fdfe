/**
 * How many blocks of a kind that costs nothing to make this node holds: candidates that nobody has adopted, and first
 * versions of one slot. Blocks over a quota are ignored, so another node may hold them; the heads do not depend on them.
 *
 * An author is known to a model once a version of his was adopted there. Authors that are not share one more quota.
 *
 * Rows of `quotas`, all counters u32: (model, 0) -> pending candidates of unknown authors;
 * (model, 1, slot) -> first versions, then the lowest of their ids; (model, 2, author) -> pending candidates, adopted versions;
 * (model, 3, author, slot) -> pending candidates.
 */
import { compareBytes, HASH_BYTES, utf8 } from "../../core/bytes.ts";
import {
  MAX_FIRST_VERSIONS_PER_SLOT,
  MAX_PENDING_BY_UNKNOWN_AUTHORS,
  MAX_PENDING_PER_AUTHOR,
  MAX_PENDING_PER_AUTHOR_AND_SLOT,
} from "../limits.ts";
import type { RowReader } from "../store/database.ts";
import { keyOf } from "../store/keySpaces.ts";
import type { Transaction } from "../store/transaction.ts";

/** Where a version stands: which quotas it counts against. */
export interface QuotaPlace {
  readonly model: Uint8Array;
  readonly slot: string;
  readonly author: Uint8Array;
}

interface AuthorCounts {
  readonly pending: number;
  readonly adopted: number;
}

/** The quota that the candidate or first version `id` would exceed, in words, or `undefined`. */
export function exceededQuota(
  rows: RowReader,
  place: QuotaPlace,
  id: Uint8Array,
  isFirst: boolean,
): string | undefined {
  if (isFirst) {
    // The lowest id is the head among first versions, so it must be held whatever came before it.
    const { count, lowestId } = readFirstVersions(rows, place);
    return count >= MAX_FIRST_VERSIONS_PER_SLOT && compareBytes(id, lowestId) > 0
      ? `${MAX_FIRST_VERSIONS_PER_SLOT} first versions of ${place.slot}`
      : undefined;
  }
  const author = readAuthor(rows, place);
  if (author.pending >= MAX_PENDING_PER_AUTHOR) return `${MAX_PENDING_PER_AUTHOR} pending candidates of one author`;
  if (readCount(rows, pendingInSlotKey(place)) >= MAX_PENDING_PER_AUTHOR_AND_SLOT) {
    return `${MAX_PENDING_PER_AUTHOR_AND_SLOT} pending candidates of one author for ${place.slot}`;
  }
  return author.adopted === 0 && readCount(rows, unknownKey(place)) >= MAX_PENDING_BY_UNKNOWN_AUTHORS
    ? `${MAX_PENDING_BY_UNKNOWN_AUTHORS} pending candidates of authors without an adopted version`
    : undefined;
}

export function countFirstVersion(rows: Transaction, place: QuotaPlace, id: Uint8Array): void {
  const { count, lowestId } = readFirstVersions(rows, place);
  const row = new Uint8Array(4 + HASH_BYTES);
  new DataView(row.buffer).setUint32(0, count + 1);
  row.set(count === 0 || compareBytes(id, lowestId) < 0 ? id : lowestId, 4);
  rows.put(firstVersionsKey(place), row);
}

/** A candidate comes (`by` = 1) or goes without having been adopted (-1). */
export function countPending(rows: Transaction, place: QuotaPlace, by: 1 | -1): void {
  const { pending, adopted } = readAuthor(rows, place);
  writeAuthor(rows, place, { pending: pending + by, adopted });
  change(rows, pendingInSlotKey(place), by);
  if (adopted === 0) change(rows, unknownKey(place), by);
}

/** A candidate was adopted: it is pending no more, and from now on its author is known. */
export function countAdopted(rows: Transaction, place: QuotaPlace): void {
  const { pending, adopted } = readAuthor(rows, place);
  writeAuthor(rows, place, { pending: pending - 1, adopted: adopted + 1 });
  change(rows, pendingInSlotKey(place), -1);
  if (adopted === 0) change(rows, unknownKey(place), -pending);
}

const unknownKey = ({ model }: QuotaPlace) => keyOf("quotas", model, Uint8Array.of(0));
const firstVersionsKey = ({ model, slot }: QuotaPlace) => keyOf("quotas", model, Uint8Array.of(1), utf8(slot));
const authorKey = ({ model, author }: QuotaPlace) => keyOf("quotas", model, Uint8Array.of(2), author);
const pendingInSlotKey = ({ model, author, slot }: QuotaPlace) =>
  keyOf("quotas", model, Uint8Array.of(3), author, utf8(slot));

function readFirstVersions(rows: RowReader, place: QuotaPlace): { count: number; lowestId: Uint8Array } {
  const row = rows.get(firstVersionsKey(place));
  if (row === undefined) return { count: 0, lowestId: new Uint8Array(HASH_BYTES) };
  return { count: new DataView(row.buffer, row.byteOffset, row.byteLength).getUint32(0), lowestId: row.subarray(4) };
}

function readAuthor(rows: RowReader, place: QuotaPlace): AuthorCounts {
  const row = rows.get(authorKey(place));
  if (row === undefined) return { pending: 0, adopted: 0 };
  const view = new DataView(row.buffer, row.byteOffset, row.byteLength);
  return { pending: view.getUint32(0), adopted: view.getUint32(4) };
}

function writeAuthor(rows: Transaction, place: QuotaPlace, { pending, adopted }: AuthorCounts): void {
  if (pending === 0 && adopted === 0) {
    rows.delete(authorKey(place));
    return;
  }
  const row = new Uint8Array(8);
  const view = new DataView(row.buffer);
  view.setUint32(0, pending);
  view.setUint32(4, adopted);
  rows.put(authorKey(place), row);
}

function readCount(rows: RowReader, key: Uint8Array): number {
  const row = rows.get(key);
  return row === undefined ? 0 : new DataView(row.buffer, row.byteOffset, row.byteLength).getUint32(0);
}

function change(rows: Transaction, key: Uint8Array, by: number): void {
  const count = readCount(rows, key) + by;
  const row = new Uint8Array(4);
  new DataView(row.buffer).setUint32(0, count);
  if (count === 0) rows.delete(key);
  else rows.put(key, row);
}
