/** What an audit or a repair has to say: a stable code, the block or payload concerned, and a sentence. */
import { toHex } from "../../core/bytes.ts";

export type FindingCode =
  | "row_corrupt"
  | "wrong_hash"
  | "bad_signature"
  | "invalid_block"
  | "hole"
  | "cycle"
  | "index_missing"
  | "index_wrong"
  | "index_extra"
  | "file_corrupt"
  | "payload_corrupt"
  | "manifest_missing";

export interface Finding {
  readonly code: FindingCode;
  readonly message: string;
  /** The block concerned, in hex. */
  readonly idHex?: string;
  /** The payload concerned, in hex. */
  readonly rootHex?: string;
}

export type OnFinding = (finding: Finding) => void;

export function blockFinding(code: FindingCode, id: Uint8Array, message: string): Finding {
  const idHex = toHex(id);
  return { code, idHex, message: `block ${idHex}: ${message}` };
}
