/**
 * The header of a block: what is hashed and signed.
 *
 * Wire format: a canonical msgpack array of eleven fields in this order
 *   [version, chain, type, model, slot, parents, height, payload, claims, author, timeMs]
 * with payload = nil | [root, bytes, format]. Bytes that do not re-encode to themselves are refused, so a header has
 * one encoding and one id. Only the form is checked here; what a header may say is checked in `validation/`.
 */
import { HASH_BYTES } from "../../core/bytes.ts";
import { decodeCanonical, encodeCanonical } from "../../core/codec.ts";
import { AiBlockError } from "../../core/errors.ts";
import { asArray, asBytes, asOneOf, asText, asUint } from "../../core/wire.ts";
import { MAX_FORMAT_CHARS, MAX_HEADER_BYTES, MAX_HEIGHT, MAX_PAYLOAD_BYTES, MAX_SLOT_CHARS } from "../limits.ts";
import { type Claims, claimsFromWire, claimsToWire } from "./claims.ts";

export const HEADER_VERSION = 1;

/** A: meta, the models' manifests. B: parameters, one block per version of a slot, and what is said about them. */
export type ChainName = "A" | "B";

/** `receipts` is reserved: no node accepts it yet. */
export const BLOCK_TYPES = ["meta", "dense", "router", "expert", "attestation", "receipts"] as const;
export type BlockType = (typeof BLOCK_TYPES)[number];

/** The large content of a block, kept beside the chain and named by its root. */
export interface PayloadReference {
  /** SHA-256 of the chunk list: 32 bytes. */
  readonly root: Uint8Array;
  readonly bytes: number;
  /** "safetensors" or "manifest". */
  readonly format: string;
}

export interface Header {
  readonly version: number;
  readonly chain: ChainName;
  readonly type: BlockType;
  /** Id of the model's meta block; `null` in a meta block itself. */
  readonly model: Uint8Array | null;
  readonly slot: string | null;
  /**
   * Ids of the blocks that this one builds on, at most 8. The first is its subject: the meta block (first version of a
   * slot), the version that it improves, or the candidate that it attests. The others are dependencies, ascending.
   */
  readonly parents: readonly Uint8Array[];
  /** Generation number: 1 + the highest parent's; 0 without parents. */
  readonly height: number;
  readonly payload: PayloadReference | null;
  readonly claims: Claims | null;
  /** Ed25519 public key of the signer: 32 bytes. */
  readonly author: Uint8Array;
  /** Milliseconds since the Unix epoch by the author's clock. Never used for ordering. */
  readonly timeMs: number;
}

/** The header's bytes. Throws `header_too_large` above `MAX_HEADER_BYTES`. */
export function encodeHeader(header: Header): Uint8Array {
  const { payload, claims } = header;
  const bytes = encodeCanonical([
    header.version,
    header.chain,
    header.type,
    header.model,
    header.slot,
    header.parents,
    header.height,
    payload === null ? null : [payload.root, payload.bytes, payload.format],
    claims === null ? null : claimsToWire(claims),
    header.author,
    header.timeMs,
  ]);
  if (bytes.length > MAX_HEADER_BYTES) throw tooLarge(bytes.length);
  return bytes;
}

/** Throws `header_too_large`, or `bad_encoding` naming the field. */
export function decodeHeader(bytes: Uint8Array): Header {
  if (bytes.length > MAX_HEADER_BYTES) throw tooLarge(bytes.length);
  // More parents than allowed still decode: "too many parents" is a better answer than "bad encoding".
  const fields = asArray(decodeCanonical(bytes, { maxBytes: MAX_HEADER_BYTES, maxDepth: 3, maxItems: 64 }), "header", {
    length: 11,
  });
  const [version, chain, type, model, slot, parents, height, payload, claims, author, timeMs] = fields;
  return {
    version: asUint(version, "version", { max: 255 }),
    chain: asOneOf(chain, "chain", ["A", "B"] as const),
    type: asOneOf(type, "type", BLOCK_TYPES),
    model: model === null ? null : asBytes(model, "model", HASH_BYTES),
    slot: slot === null ? null : asText(slot, "slot", { maxChars: MAX_SLOT_CHARS }),
    parents: asArray(parents, "parents", { maxLength: 32 }).map((parent, i) =>
      asBytes(parent, `parents[${i}]`, HASH_BYTES),
    ),
    height: asUint(height, "height", { max: MAX_HEIGHT }),
    payload: payload === null ? null : payloadFromWire(payload),
    claims: claims === null ? null : claimsFromWire(claims),
    author: asBytes(author, "author", HASH_BYTES),
    timeMs: asUint(timeMs, "timeMs", { max: Number.MAX_SAFE_INTEGER }),
  };
}

function payloadFromWire(value: unknown): PayloadReference {
  const [root, bytes, format] = asArray(value, "payload", { length: 3 });
  return {
    root: asBytes(root, "payload.root", HASH_BYTES),
    bytes: asUint(bytes, "payload.bytes", { max: MAX_PAYLOAD_BYTES }),
    format: asText(format, "payload.format", { maxChars: MAX_FORMAT_CHARS }),
  };
}

function tooLarge(length: number): AiBlockError {
  return new AiBlockError("header_too_large", `header: expected at most ${MAX_HEADER_BYTES} bytes, got ${length}`);
}
