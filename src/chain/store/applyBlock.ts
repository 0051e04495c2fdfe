/**
 * What a valid block changes: its own rows, the heads, the quotas. All of it goes into one transaction.
 */
import { toHex, u64 } from "../../core/bytes.ts";
import type { Block } from "../block/block.ts";
import type { VersionRecord } from "../model/headRecords.ts";
import { addAttestation, addVersion, type ChildrenOf, forgetWaiting, readVersion } from "../model/headTracker.ts";
import type { ModelRules } from "../model/modelRules.ts";
import { addPayloadUse, removePayloadUse } from "../model/payloadUse.ts";
import { countAdopted, countFirstVersion, countPending } from "../model/quotas.ts";
import { deleteBlockRows, putBlockRows, readBlock } from "./blockRows.ts";
import { keyOf } from "./keySpaces.ts";
import type { Transaction } from "./transaction.ts";

const EMPTY = new Uint8Array(0);

/** Applies a block that has passed every check. */
export async function applyBlock(
  rows: Transaction,
  block: Block,
  rules: ModelRules | undefined,
  receivedAtMs: number,
  childrenOf: ChildrenOf,
): Promise<void> {
  putBlockRows(rows, block);
  if (block.header.type === "meta") rows.put(keyOf("models", block.id), EMPTY);
  else if (block.header.type === "attestation") await applyAttestation(rows, block, rules as ModelRules, childrenOf);
  else applyVersion(rows, block, receivedAtMs);
}

/**
 * Takes back a candidate that was not adopted, after everything that builds on it. `tipsAgain`: those of its parents
 * that have no other child.
 */
export function removeCandidate(rows: Transaction, block: Block, tipsAgain: readonly Uint8Array[]): void {
  const { model, slot, payload, author } = block.header;
  if (model === null || slot === null || payload === null) return;
  const record = readVersion(rows, block.id) as VersionRecord;
  if (record.medianLoss !== null) forgetWaiting(rows, record.improves as Uint8Array);
  deleteBlockRows(rows, block, tipsAgain);
  rows.delete(keyOf("versions", block.id));
  rows.delete(keyOf("votes", block.id));
  rows.delete(keyOf("pending", u64(record.receivedAtMs), block.id));
  removePayloadUse(rows, payload.root, model, block.id);
  countPending(rows, { model, slot, author }, -1);
}

function applyVersion(rows: Transaction, block: Block, receivedAtMs: number): void {
  const { model, slot, payload, author, claims } = block.header;
  if (model === null || slot === null || payload === null) return;
  addVersion(rows, block, receivedAtMs);
  addPayloadUse(rows, payload.root, model, block.id);
  if (claims !== null) {
    countPending(rows, { model, slot, author }, 1);
    rows.put(keyOf("pending", u64(receivedAtMs), block.id), EMPTY);
  } else {
    countFirstVersion(rows, { model, slot, author }, block.id);
  }
}

async function applyAttestation(
  rows: Transaction,
  block: Block,
  rules: ModelRules,
  childrenOf: ChildrenOf,
): Promise<void> {
  const { model, slot, author } = block.header;
  if (model === null || slot === null) return;
  const validator = rules.validators.get(toHex(author)) as number;
  const { adopted, dropped } = await addAttestation(rows, block, validator, rules, childrenOf);
  for (const { id, record } of adopted) {
    countAdopted(rows, { model, slot, author: record.author });
    rows.delete(keyOf("pending", u64(record.receivedAtMs), id));
  }
  // Its candidate has this block as a child, so nothing becomes a tip again.
  if (dropped !== null) deleteBlockRows(rows, readBlock(rows, dropped) as Block, []);
}
