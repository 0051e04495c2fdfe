/**
 * Candidates that came to nothing. Until a candidate is adopted it counts against its author's quota; after a day it goes,
 * with the attestations on it and the candidates that build on it, if those are as old. It may be offered again.
 */
import { bytesEqual, readU64, toHex } from "../core/bytes.ts";
import type { Block } from "./block/block.ts";
import { PENDING_TTL_MS } from "./limits.ts";
import { readVersion } from "./model/headTracker.ts";
import { removeCandidate } from "./store/applyBlock.ts";
import { deleteBlockRows, idOfKey, readBlock } from "./store/blockRows.ts";
import type { Database } from "./store/database.ts";
import { keyOf } from "./store/keySpaces.ts";
import type { Transaction } from "./store/transaction.ts";

/** A subtree larger than this is left for the next time: one call stays short. */
const MAX_SUBTREE_BLOCKS = 10_000;

/** Removes them from `rows`; returns how many blocks went. */
export async function expirePending(rows: Transaction, database: Database, nowMs: number): Promise<number> {
  const siblings = new Siblings(rows, database);
  let removed = 0;
  for await (const [key] of database.scan(keyOf("pending"))) {
    if (readU64(key, 1) > nowMs - PENDING_TTL_MS) break;
    if (rows.get(key) === undefined) continue;
    const subtree = await expiredSubtree(rows, database, idOfKey(key), nowMs);
    for (const block of subtree) await remove(rows, siblings, block);
    removed += subtree.length;
  }
  return removed;
}

/** `id` and all that builds on it, the last ones first; empty when something of it must stay. */
async function expiredSubtree(rows: Transaction, database: Database, id: Uint8Array, nowMs: number): Promise<Block[]> {
  const found = new Map<string, Block>();
  const waiting = [id];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const block = readBlock(rows, next);
    if (block === undefined || found.has(block.idHex)) continue;
    const version = readVersion(rows, next);
    if (version !== undefined && (version.adopted || version.receivedAtMs > nowMs - PENDING_TTL_MS)) return [];
    found.set(block.idHex, block);
    if (found.size > MAX_SUBTREE_BLOCKS) return [];
    for await (const child of childrenOf(rows, database, next)) waiting.push(child);
  }
  return [...found.values()].sort((a, b) => b.header.height - a.header.height);
}

async function remove(rows: Transaction, siblings: Siblings, block: Block): Promise<void> {
  const tipsAgain: Uint8Array[] = [];
  for (const parent of block.header.parents) {
    if (!(await siblings.has(parent, block.id))) tipsAgain.push(parent);
  }
  if (block.header.type === "attestation") deleteBlockRows(rows, block, tipsAgain);
  else removeCandidate(rows, block, tipsAgain);
}

/** Tells whether a block has other children. Thousands may go from below one block, so gone ones are passed only once. */
class Siblings {
  readonly #rows: Transaction;
  readonly #database: Database;
  /** By the parent's id in hex: all children up to this key are gone. */
  readonly #gone = new Map<string, Uint8Array>();

  constructor(rows: Transaction, database: Database) {
    this.#rows = rows;
    this.#database = database;
  }

  /** Whether `parent` has a child besides `child`. */
  async has(parent: Uint8Array, child: Uint8Array): Promise<boolean> {
    const parentHex = toHex(parent);
    const after = this.#gone.get(parentHex);
    let areAllGone = true;
    for await (const [key] of this.#database.scan(keyOf("children", parent), after === undefined ? {} : { after })) {
      if (this.#rows.changed(key) === null) {
        if (areAllGone) this.#gone.set(parentHex, key);
      } else if (bytesEqual(idOfKey(key), child)) {
        areAllGone = false;
      } else {
        return true;
      }
    }
    return false;
  }
}

/** The children that are left in `rows`. */
async function* childrenOf(rows: Transaction, database: Database, id: Uint8Array): AsyncGenerator<Uint8Array> {
  for await (const [key] of database.scan(keyOf("children", id))) {
    if (rows.changed(key) !== null) yield idOfKey(key);
  }
}
