/**
 * The rows that follow from a block alone, and how to read them back. Everything else in the store (heads, votes,
 * quotas) is derived step by step; these could be written again from the headers at any time.
 */
import { concatBytes, HASH_BYTES, readU64, u64 } from "../../core/bytes.ts";
import { AiBlockError } from "../../core/errors.ts";
import { type Block, openBlock, sealBlock } from "../block/block.ts";
import type { RowReader } from "./database.ts";
import { keyOf, slotVersionKey } from "./keySpaces.ts";
import type { Transaction } from "./transaction.ts";

const EMPTY = new Uint8Array(0);

export interface ParentsRow {
  readonly height: number;
  readonly parents: readonly Uint8Array[];
}

/** Puts the rows of a block whose parents are stored already. */
export function putBlockRows(rows: Transaction, block: Block): void {
  const { id, header } = block;
  rows.put(keyOf("header", id), sealBlock(block));
  rows.put(keyOf("parents", id), concatBytes([u64(header.height), ...header.parents]));
  rows.put(keyOf("byHeight", u64(header.height), id), EMPTY);
  rows.put(keyOf("tips", id), EMPTY);
  for (const parent of header.parents) {
    rows.put(keyOf("children", parent, id), EMPTY);
    rows.delete(keyOf("tips", parent));
  }
  const versionKey = slotVersionKeyOf(block);
  if (versionKey !== undefined) rows.put(versionKey, EMPTY);
}

/** Deletes them again. `tipsAgain`: those of its parents that have no other child. */
export function deleteBlockRows(rows: Transaction, block: Block, tipsAgain: readonly Uint8Array[]): void {
  const { id, header } = block;
  rows.delete(keyOf("header", id));
  rows.delete(keyOf("parents", id));
  rows.delete(keyOf("byHeight", u64(header.height), id));
  rows.delete(keyOf("tips", id));
  for (const parent of header.parents) rows.delete(keyOf("children", parent, id));
  for (const parent of tipsAgain) rows.put(keyOf("tips", parent), EMPTY);
  const versionKey = slotVersionKeyOf(block);
  if (versionKey !== undefined) rows.delete(versionKey);
}

/** The key in `slots` of a block that is a version of a slot. */
function slotVersionKeyOf({ id, header }: Block): Uint8Array | undefined {
  const { model, slot, payload } = header;
  return model === null || slot === null || payload === null
    ? undefined
    : slotVersionKey(model, slot, header.height, id);
}

/** The stored block `id`, or `undefined`. Throws `block_corrupt` when what is stored has another id. */
export function readBlock(rows: RowReader, id: Uint8Array): Block | undefined {
  const sealed = rows.get(keyOf("header", id));
  if (sealed === undefined) return undefined;
  const block = openBlock(sealed);
  if (Buffer.compare(block.id, id) === 0) return block;
  throw new AiBlockError("block_corrupt", `store: what is stored for one block has the id ${block.idHex}`);
}

export function decodeParentsRow(row: Uint8Array): ParentsRow {
  const parents: Uint8Array[] = [];
  for (let at = 8; at < row.length; at += HASH_BYTES) parents.push(row.slice(at, at + HASH_BYTES));
  return { height: readU64(row), parents };
}

/** The id at the end of a key of `children`, `slots`, `byHeight`, `tips` or `pending`. */
export function idOfKey(key: Uint8Array): Uint8Array {
  return key.slice(key.length - HASH_BYTES);
}
