/**
 * What is checked whenever a store is opened: that the newest blocks are what their ids say, and that the heads point
 * at blocks. It is bounded, so that opening does not slow down with the chain; the audit checks everything.
 */

import { toHex } from "../../core/bytes.ts";
import { AiBlockError } from "../../core/errors.ts";
import { decodeLeaves } from "../model/headRecords.ts";
import { idOfKey, readBlock } from "./blockRows.ts";
import type { Database } from "./database.ts";
import { keyOf } from "./keySpaces.ts";

const NEWEST_BLOCKS = 1000;
const MAX_HEADS = 20_000;

/** Throws `store_corrupt`, `block_corrupt` or `row_corrupt`. */
export async function checkStart(database: Database): Promise<void> {
  for await (const [key] of database.scan(keyOf("byHeight"), { reverse: true, limit: NEWEST_BLOCKS })) {
    requireBlock(database, idOfKey(key), "the index by height");
  }
  for await (const [, value] of database.scan(keyOf("heads"), { limit: MAX_HEADS })) {
    for (const { id } of decodeLeaves(value).slice(0, 1)) requireBlock(database, id, "a head");
  }
}

function requireBlock(database: Database, id: Uint8Array, where: string): void {
  if (readBlock(database, id) !== undefined) return;
  throw new AiBlockError(
    "store_corrupt",
    `store ${database.folder}: ${where} names block ${toHex(id)}, which is not there; run "ai-block chain repair"`,
  );
}
