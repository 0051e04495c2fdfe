/**
 * Candidates that came to nothing: announced, never attested, their payload withheld. They count against their author's
 * quota for a day, then they go.
 */
import { readU64 } from "../core/bytes.ts";
import { PENDING_TTL_MS } from "./limits.ts";
import type { PayloadStore } from "./payload/payloadStore.ts";
import { removeCandidate } from "./store/applyBlock.ts";
import { idOfKey, readBlock } from "./store/blockRows.ts";
import type { Database } from "./store/database.ts";
import { keyOf } from "./store/keySpaces.ts";
import type { Transaction } from "./store/transaction.ts";

/** Removes them from `rows`; returns how many. Blocks that others build upon stay. */
export async function expirePending(
  rows: Transaction,
  database: Database,
  payloads: PayloadStore,
  nowMs: number,
): Promise<number> {
  let removed = 0;
  for await (const [key] of database.scan(keyOf("pending"))) {
    if (readU64(key, 1) > nowMs - PENDING_TTL_MS) break;
    const block = readBlock(rows, idOfKey(key));
    const payload = block?.header.payload;
    if (block === undefined || payload === null || payload === undefined) continue;
    if ((await childCount(rows, database, block.id)) > 0 || (await payloads.has(payload.root))) continue;
    const tipsAgain: Uint8Array[] = [];
    for (const parent of block.header.parents) {
      if ((await childCount(rows, database, parent)) === 1) tipsAgain.push(parent);
    }
    removeCandidate(rows, block, tipsAgain);
    removed += 1;
  }
  return removed;
}

/** Children that are left in `rows`; counts to 2, more makes no difference. */
async function childCount(rows: Transaction, database: Database, id: Uint8Array): Promise<number> {
  let count = 0;
  for await (const [key] of database.scan(keyOf("children", id))) {
    if (rows.changed(key) !== null) count += 1;
    if (count === 2) break;
  }
  return count;
}
