/**
 * Keeps the heads up to date as blocks arrive, one at a time, by the rules of `heads.ts`. The work for a block does not
 * grow with the chain: it touches the block's own version, the version that it improves, and the leaves of its slot.
 */

import { bytesEqual } from "../../core/bytes.ts";
import type { Block } from "../block/block.ts";
import { MAX_ATTESTATIONS_PER_VALIDATOR_AND_CANDIDATE } from "../limits.ts";
import { headKey, keyOf } from "../store/keySpaces.ts";
import type { Transaction } from "../store/transaction.ts";
import {
  decodeLeaves,
  decodeVersion,
  decodeVotes,
  encodeLeaves,
  encodeVersion,
  encodeVotes,
  type VersionRecord,
} from "./headRecords.ts";
import { compareLeaves, compareVotes, type HeadRules, medianOfQuorum, showsImprovement, type Vote } from "./heads.ts";

/** The ids of the stored and pending blocks that have `id` as a parent. */
export type ChildrenOf = (id: Uint8Array) => Promise<Uint8Array[]>;

export interface VersionPlace {
  readonly model: Uint8Array;
  readonly slot: string;
}

export function readVersion(rows: Pick<Transaction, "get">, id: Uint8Array): VersionRecord | undefined {
  const row = rows.get(keyOf("versions", id));
  return row === undefined ? undefined : decodeVersion(row);
}

/** Records a version without votes. A first version is adopted at once. */
export function addVersion(rows: Transaction, block: Block, receivedAtMs: number): void {
  const { header, id } = block;
  const isFirst = header.claims === null;
  writeVersion(rows, id, {
    improves: isFirst ? null : (header.parents[0] as Uint8Array),
    author: header.author,
    adopted: isFirst,
    medianLoss: null,
    adoptedSuccessors: 0,
    waitingSuccessors: 0,
    receivedAtMs,
  });
  if (isFirst) changeLeaves(rows, placeOf(block), (leaves) => [...leaves, { id, medianLoss: Infinity }]);
}

export interface Adopted {
  readonly id: Uint8Array;
  readonly record: VersionRecord;
}

export interface Attested {
  /** The versions that became adopted: the candidate, and successors of it that had their quorum already. */
  readonly adopted: readonly Adopted[];
  /** An attestation by the same validator that is to be deleted, because it holds better ones. */
  readonly dropped: Uint8Array | null;
}

/** Counts an attestation, and adopts what it completes. */
export async function addAttestation(
  rows: Transaction,
  block: Block,
  validator: number,
  rules: HeadRules,
  childrenOf: ChildrenOf,
): Promise<Attested> {
  const candidate = block.header.parents[0] as Uint8Array;
  const record = readVersion(rows, candidate) as VersionRecord;
  const { medianLoss, dropped } = recordVote(rows, block, validator, rules);
  if (medianLoss === record.medianLoss) return { adopted: [], dropped };
  const place = placeOf(block);
  const measured = { ...record, medianLoss };
  if (record.medianLoss === null && !record.adopted) {
    return { adopted: await adoptFrom(rows, { id: candidate, record: measured }, place, childrenOf), dropped };
  }
  writeVersion(rows, candidate, measured);
  if (record.adopted) {
    changeLeaves(rows, place, (leaves) =>
      leaves.map((leaf) => (bytesEqual(leaf.id, candidate) ? { ...leaf, medianLoss: medianLoss as number } : leaf)),
    );
  }
  return { adopted: [], dropped };
}

/**
 * Counts the vote. Of a validator's attestations the best few are kept, so which ones a node holds in the end does not
 * depend on the order in which they came.
 */
function recordVote(rows: Transaction, block: Block, validator: number, rules: HeadRules): Recorded {
  const key = keyOf("votes", block.header.parents[0] as Uint8Array);
  const row = rows.get(key);
  const votes = row === undefined ? [] : decodeVotes(row);
  const held = votes.find((each) => each.validator === validator)?.attestations ?? [];
  const attestations = [...held, voteOf(block, rules)].sort(compareVotes);
  const dropped = attestations.splice(MAX_ATTESTATIONS_PER_VALIDATOR_AND_CANDIDATE)[0];
  const updated = votes.filter((each) => each.validator !== validator);
  updated.push({ validator, attestations });
  updated.sort((a, b) => a.validator - b.validator);
  rows.put(key, encodeVotes(updated));
  const counted = updated.map((each) => each.attestations[0] as Vote).filter(({ loss }) => Number.isFinite(loss));
  return { medianLoss: medianOfQuorum(counted, rules) ?? null, dropped: dropped?.id ?? null };
}

interface Recorded {
  /** Of the quorum, this attestation counted; `null` without one. */
  readonly medianLoss: number | null;
  /** The attestation that had to go. */
  readonly dropped: Uint8Array | null;
}

/** What an attestation counts as; its loss is `Infinity` when it does not show the improvement. */
export function voteOf({ header: { claims }, id }: Block, rules: HeadRules): Vote {
  return { loss: claims !== null && showsImprovement(claims, rules) ? claims.loss : Infinity, id };
}

/**
 * Stores `start`, which has its quorum now, and adopts it if the version that it improves is adopted; then the
 * successors that waited for it, and theirs.
 */
async function adoptFrom(
  rows: Transaction,
  start: Adopted,
  place: VersionPlace,
  childrenOf: ChildrenOf,
): Promise<Adopted[]> {
  const improves = start.record.improves as Uint8Array;
  const improved = readVersion(rows, improves) as VersionRecord;
  if (!improved.adopted) {
    writeVersion(rows, start.id, start.record);
    writeVersion(rows, improves, { ...improved, waitingSuccessors: improved.waitingSuccessors + 1 });
    return [];
  }
  const adopted: Adopted[] = [];
  const ready = [start];
  for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
    const { id, record } = next;
    adopt(rows, next, place);
    adopted.push(next);
    // Few versions have successors at this moment, so the children are looked up only when the count says so.
    if (record.waitingSuccessors === 0) continue;
    for (const child of await childrenOf(id)) {
      const successor = readVersion(rows, child);
      const isSuccessor = successor?.improves != null && bytesEqual(successor.improves, id);
      if (isSuccessor && !successor.adopted && successor.medianLoss !== null) {
        ready.push({ id: child, record: successor });
      }
    }
  }
  return adopted;
}

/** A successor of `id` that had its quorum and waited is going to be deleted. */
export function forgetWaiting(rows: Transaction, id: Uint8Array): void {
  const record = readVersion(rows, id);
  if (record === undefined) return;
  writeVersion(rows, id, { ...record, waitingSuccessors: record.waitingSuccessors - 1 });
}

/**
 * Makes a version with a quorum, whose improved version is adopted, a leaf of its slot in place of that one. Nobody has
 * to wait for it any more.
 */
function adopt(rows: Transaction, { id, record }: Adopted, place: VersionPlace): void {
  const improves = record.improves as Uint8Array;
  const improved = readVersion(rows, improves) as VersionRecord;
  writeVersion(rows, improves, { ...improved, adoptedSuccessors: improved.adoptedSuccessors + 1 });
  writeVersion(rows, id, { ...record, adopted: true, waitingSuccessors: 0 });
  const leaf = { id, medianLoss: record.medianLoss as number };
  changeLeaves(rows, place, (leaves) => [...leaves.filter((each) => !bytesEqual(each.id, improves)), leaf]);
}

function changeLeaves(
  rows: Transaction,
  { model, slot }: VersionPlace,
  change: (leaves: ReturnType<typeof decodeLeaves>) => ReturnType<typeof decodeLeaves>,
): void {
  const key = headKey(model, slot);
  const row = rows.get(key);
  rows.put(key, encodeLeaves(change(row === undefined ? [] : decodeLeaves(row)).sort(compareLeaves)));
}

function writeVersion(rows: Transaction, id: Uint8Array, record: VersionRecord): void {
  rows.put(keyOf("versions", id), encodeVersion(record));
}

function placeOf({ header }: Block): VersionPlace {
  return { model: header.model as Uint8Array, slot: header.slot as string };
}
