/**
 * The rows behind the heads: what is remembered of each version, of the votes on it, and the leaves of each slot.
 * All are canonical msgpack; an absent median stands for that of a first version (Infinity), which has no encoding.
 */
import { HASH_BYTES } from "../../core/bytes.ts";
import { decodeCanonical, encodeCanonical } from "../../core/codec.ts";
import { asArray, asBoolean, asBytes, asFloat, asUint } from "../../core/wire.ts";
import { MAX_VALIDATORS } from "../limits.ts";
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
  /** When this node stored it, for the expiry of candidates. */
  readonly receivedAtMs: number;
}

/** What one validator said of one candidate. */
export interface VoteRecord {
  /** Position in the manifest's list of validators. */
  readonly validator: number;
  /** Attestations of that validator on that candidate that are stored. */
  readonly attestations: number;
  /** The vote that counts; `null` when none of them shows the improvement. */
  readonly vote: Vote | null;
}

const SMALL = { maxBytes: 1024, maxDepth: 3, maxItems: 64 };
const VOTES = { maxBytes: 64 * MAX_VALIDATORS, maxDepth: 3, maxItems: 8 * MAX_VALIDATORS };
/** Adopted leaves need a quorum each, so in practice there are a handful. */
const LEAVES = { maxBytes: 64 * 2 ** 20, maxDepth: 3, maxItems: 2 ** 22 };

export function encodeVersion(version: VersionRecord): Uint8Array {
  return encodeCanonical([
    version.improves,
    version.author,
    version.adopted,
    version.medianLoss,
    version.adoptedSuccessors,
    version.receivedAtMs,
  ]);
}

export function decodeVersion(bytes: Uint8Array): VersionRecord {
  const [improves, author, adopted, medianLoss, successors, receivedAtMs] = asArray(
    decodeCanonical(bytes, SMALL),
    "version",
    { length: 6 },
  );
  return {
    improves: improves === null ? null : asBytes(improves, "improves", HASH_BYTES),
    author: asBytes(author, "author", HASH_BYTES),
    adopted: asBoolean(adopted, "adopted"),
    medianLoss: medianLoss === null ? null : asFloat(medianLoss, "medianLoss"),
    adoptedSuccessors: asUint(successors, "adoptedSuccessors"),
    receivedAtMs: asUint(receivedAtMs, "receivedAtMs"),
  };
}

export function encodeVotes(votes: readonly VoteRecord[]): Uint8Array {
  return encodeCanonical(
    votes.map(({ validator, attestations, vote }) =>
      vote === null ? [validator, attestations] : [validator, attestations, vote.loss, vote.id],
    ),
  );
}

export function decodeVotes(bytes: Uint8Array): VoteRecord[] {
  return asArray(decodeCanonical(bytes, VOTES), "votes", { maxLength: MAX_VALIDATORS }).map((each) => {
    const [validator, attestations, loss, id] = asArray(each, "vote", { maxLength: 4 });
    return {
      validator: asUint(validator, "validator"),
      attestations: asUint(attestations, "attestations"),
      vote: loss === undefined ? null : { loss: asFloat(loss, "loss"), id: asBytes(id, "id", HASH_BYTES) },
    };
  });
}

/** `leaves` best first. */
export function encodeLeaves(leaves: readonly Leaf[]): Uint8Array {
  return encodeCanonical(leaves.map(({ id, medianLoss }) => [Number.isFinite(medianLoss) ? medianLoss : null, id]));
}

export function decodeLeaves(bytes: Uint8Array): Leaf[] {
  return asArray(decodeCanonical(bytes, LEAVES), "leaves", { maxLength: 2 ** 20 }).map((each) => {
    const [medianLoss, id] = asArray(each, "leaf", { length: 2 });
    return {
      id: asBytes(id, "id", HASH_BYTES),
      medianLoss: medianLoss === null ? Infinity : asFloat(medianLoss, "medianLoss"),
    };
  });
}
