/** Which versions of a model have a given payload: tells a rollback. Ids ascend within a row. */
import { compareBytes, concatBytes, HASH_BYTES } from "../../core/bytes.ts";
import type { RowReader } from "../store/database.ts";
import { keyOf } from "../store/keySpaces.ts";
import type { Transaction } from "../store/transaction.ts";

/** More versions with one and the same payload are ignored: nobody honest makes them. */
const MAX_USES = 64;

export function readPayloadUse(
  rows: RowReader,
  root: Uint8Array,
  model: Uint8Array,
): { readonly uses: readonly Uint8Array[]; readonly isFull: boolean } {
  const row = rows.get(keyOf("payloadUse", root, model)) ?? new Uint8Array(0);
  const uses: Uint8Array[] = [];
  for (let at = 0; at < row.length; at += HASH_BYTES) uses.push(row.slice(at, at + HASH_BYTES));
  return { uses, isFull: uses.length >= MAX_USES };
}

export function addPayloadUse(rows: Transaction, root: Uint8Array, model: Uint8Array, id: Uint8Array): void {
  const { uses } = readPayloadUse(rows, root, model);
  rows.put(keyOf("payloadUse", root, model), concatBytes([...uses, id].sort(compareBytes)));
}

export function removePayloadUse(rows: Transaction, root: Uint8Array, model: Uint8Array, id: Uint8Array): void {
  const left = readPayloadUse(rows, root, model).uses.filter((use) => compareBytes(use, id) !== 0);
  if (left.length === 0) rows.delete(keyOf("payloadUse", root, model));
  else rows.put(keyOf("payloadUse", root, model), concatBytes(left));
}
