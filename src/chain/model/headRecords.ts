/**
 * The rows behind the heads: what is remembered of each version, of the votes on it, and the leaves of each slot.
 *
 * Fixed big-endian layouts, since they are read and written many times for each block:
 *   version  flags u8 | adopted successors u32 | waiting successors u32 | received at, ms u64 | median f64 | author 32 |
 *            improved version 32 (absent in a first version)
 *   votes    for each validator: position u16 | number of attestations u8 | for each of them: loss f64 | id 32
 *   leaves   for each leaf: median f64 | id 32
 */
import { HASH_BYTES, readU64, writeU64 } from "../../core/bytes.ts";
import { AiBlockError } from "../../core/errors.ts";
import type { Leaf, Vote } from "./heads.ts";

/** A version of a slot. */
export interface VersionRecord {
  /** The version that it improves; `null` for a first version. */
  readonly improves: Uint8Array | null;
  readonly author: Uint8Array;
  readonly adopted: boolean;
  /** Median attested loss; `null` without a quorum. */
  readonly medianLoss: number | null;
  readonly adoptedSuccessors: number;
  /** Versions that improve this one and have their quorum, but wait for this one to be adopted. */
  readonly waitingSuccessors: number;
  /** When this node stored it, for the expiry of candidates. */
  readonly receivedAtMs: number;
}

/** What one validator said of one candidate. */
export interface VoteRecord {
  /** Position in the manifest's list of validators. */
  readonly validator: number;
  /**
   * Its stored attestations of the candidate, best first. One that does not show the improvement has the loss
   * `Infinity`; the first one counts as its vote if its loss is finite.
   */
  readonly attestations: readonly Vote[];
}

const ADOPTED = 1;
const HAS_MEDIAN = 2;
const AUTHOR_AT = 25;
const IMPROVES_AT = AUTHOR_AT + HASH_BYTES;
const VOTER_BYTES = 3;
const VOTE_BYTES = 8 + HASH_BYTES;
const LEAF_BYTES = 8 + HASH_BYTES;

export function encodeVersion(version: VersionRecord): Uint8Array {
  const { improves, medianLoss } = version;
  const bytes = new Uint8Array(IMPROVES_AT + (improves === null ? 0 : HASH_BYTES));
  const view = viewOf(bytes);
  view.setUint8(0, (version.adopted ? ADOPTED : 0) | (medianLoss === null ? 0 : HAS_MEDIAN));
  view.setUint32(1, version.adoptedSuccessors);
  view.setUint32(5, version.waitingSuccessors);
  writeU64(bytes, version.receivedAtMs, 9);
  view.setFloat64(17, medianLoss ?? 0);
  bytes.set(version.author, AUTHOR_AT);
  if (improves !== null) bytes.set(improves, IMPROVES_AT);
  return bytes;
}

/** Throws `store_corrupt` for another length. */
export function decodeVersion(bytes: Uint8Array): VersionRecord {
  if (bytes.length !== IMPROVES_AT && bytes.length !== IMPROVES_AT + HASH_BYTES) throw corrupt("version", bytes);
  const view = viewOf(bytes);
  const flags = view.getUint8(0);
  return {
    improves: bytes.length === IMPROVES_AT ? null : bytes.slice(IMPROVES_AT),
    author: bytes.slice(AUTHOR_AT, IMPROVES_AT),
    adopted: (flags & ADOPTED) !== 0,
    medianLoss: (flags & HAS_MEDIAN) === 0 ? null : view.getFloat64(17),
    adoptedSuccessors: view.getUint32(1),
    waitingSuccessors: view.getUint32(5),
    receivedAtMs: readU64(bytes, 9),
  };
}

export function encodeVotes(votes: readonly VoteRecord[]): Uint8Array {
  const total = votes.reduce((sum, { attestations }) => sum + attestations.length, 0);
  const bytes = new Uint8Array(votes.length * VOTER_BYTES + total * VOTE_BYTES);
  const view = viewOf(bytes);
  let at = 0;
  for (const { validator, attestations } of votes) {
    view.setUint16(at, validator);
    view.setUint8(at + 2, attestations.length);
    at += VOTER_BYTES;
    for (const { loss, id } of attestations) {
      view.setFloat64(at, loss);
      bytes.set(id, at + 8);
      at += VOTE_BYTES;
    }
  }
  return bytes;
}

/** Throws `store_corrupt` for another length. */
export function decodeVotes(bytes: Uint8Array): VoteRecord[] {
  const view = viewOf(bytes);
  const votes: VoteRecord[] = [];
  let at = 0;
  while (at + VOTER_BYTES <= bytes.length) {
    const validator = view.getUint16(at);
    const end = at + VOTER_BYTES + view.getUint8(at + 2) * VOTE_BYTES;
    if (end > bytes.length) throw corrupt("votes", bytes);
    const attestations: Vote[] = [];
    for (at += VOTER_BYTES; at < end; at += VOTE_BYTES) {
      attestations.push({ loss: view.getFloat64(at), id: bytes.slice(at + 8, at + VOTE_BYTES) });
    }
    votes.push({ validator, attestations });
  }
  if (at !== bytes.length) throw corrupt("votes", bytes);
  return votes;
}

/** `leaves` best first. */
export function encodeLeaves(leaves: readonly Leaf[]): Uint8Array {
  const bytes = new Uint8Array(leaves.length * LEAF_BYTES);
  const view = viewOf(bytes);
  leaves.forEach(({ id, medianLoss }, i) => {
    view.setFloat64(i * LEAF_BYTES, medianLoss);
    bytes.set(id, i * LEAF_BYTES + 8);
  });
  return bytes;
}

/** Throws `store_corrupt` for another length. */
export function decodeLeaves(bytes: Uint8Array): Leaf[] {
  if (bytes.length % LEAF_BYTES !== 0) throw corrupt("leaves", bytes);
  const view = viewOf(bytes);
  return Array.from({ length: bytes.length / LEAF_BYTES }, (_, i) => ({
    medianLoss: view.getFloat64(i * LEAF_BYTES),
    id: bytes.slice(i * LEAF_BYTES + 8, (i + 1) * LEAF_BYTES),
  }));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function corrupt(what: string, bytes: Uint8Array): AiBlockError {
  return new AiBlockError("store_corrupt", `store: a row of ${what} cannot have ${bytes.length} bytes`);
}
