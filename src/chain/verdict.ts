/**
 * What the node says of a block that somebody gave it. Verdicts are returned, never thrown.
 *
 * - accept: the block is stored;
 * - ignore: not stored, and nobody's fault: it depends on what this node has, knows or is willing to hold;
 * - reject: the block alone, or with its ancestors, proves itself wrong. Every honest node rejects it.
 */
export type Verdict =
  | { readonly kind: "accept" }
  | {
      readonly kind: "ignore";
      readonly code: IgnoreCode;
      readonly reason: string;
      readonly missing?: readonly Uint8Array[];
    }
  | { readonly kind: "reject"; readonly code: RejectCode; readonly reason: string };

export type IgnoreCode =
  | "already_known"
  | "unknown_parent"
  | "unknown_model"
  | "manifest_missing"
  | "time_in_future"
  | "over_quota"
  | "store_unavailable"
  | "internal_error";

export type RejectCode =
  | "header_too_large"
  | "bad_encoding"
  | "bad_version"
  | "bad_type"
  | "bad_field"
  | "duplicate_parent"
  | "self_parent"
  | "too_many_parents"
  | "unsorted_parents"
  | "wrong_height"
  | "wrong_model"
  | "unknown_slot"
  | "wrong_subject"
  | "not_the_publisher"
  | "not_a_validator"
  | "self_attestation"
  | "wrong_evaluation"
  | "no_improvement"
  | "bad_payload"
  | "rollback"
  | "bad_manifest"
  | "bad_signature";

export const ACCEPT: Verdict = Object.freeze({ kind: "accept" });

export function ignore(code: IgnoreCode, reason: string, missing?: readonly Uint8Array[]): Verdict {
  return missing === undefined ? { kind: "ignore", code, reason } : { kind: "ignore", code, reason, missing };
}

export function reject(code: RejectCode, reason: string): Verdict {
  return { kind: "reject", code, reason };
}
