/** What has become of a version: whether it was adopted, and who voted for it. */
import type { RowReader } from "../store/database.ts";
import { keyOf } from "../store/keySpaces.ts";
import { decodeVersion, decodeVotes, type VersionRecord, type VoteRecord } from "./headRecords.ts";

export interface VersionState extends VersionRecord {
  /** One for each validator that attested it, by position in the manifest. */
  readonly votes: readonly VoteRecord[];
}

/** `undefined` when `id` is no stored version of a slot. Throws `row_corrupt` or `store_corrupt`. */
export function readVersionState(rows: RowReader, id: Uint8Array): VersionState | undefined {
  const version = rows.get(keyOf("versions", id));
  if (version === undefined) return undefined;
  const votes = rows.get(keyOf("votes", id));
  return { ...decodeVersion(version), votes: votes === undefined ? [] : decodeVotes(votes) };
}
