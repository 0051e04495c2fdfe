/**
 * The chunk list of a payload: its length and the SHA-256 of every 256 KiB chunk. The payload root, which headers name,
 * is the SHA-256 of the list's bytes; so every chunk can be checked by itself, whoever it comes from.
 *
 * Wire format: canonical msgpack ["ai-block/chunks/1", bytes, chunkBytes, hashes], hashes being 32 bytes for each chunk
 * in order. All chunks but the last have `chunkBytes`; a payload without bytes has no chunk.
 */
import { HASH_BYTES } from "../../core/bytes.ts";
import { decodeCanonical, encodeCanonical } from "../../core/codec.ts";
import { AiBlockError } from "../../core/errors.ts";
import { createSha256, type Hasher, sha256 } from "../../core/hash.ts";
import { asArray, asBytes, asOneOf, asUint } from "../../core/wire.ts";
import { CHUNK_BYTES, MAX_PAYLOAD_BYTES } from "../limits.ts";

const TAG = "ai-block/chunks/1";
const MAX_CHUNKS = MAX_PAYLOAD_BYTES / CHUNK_BYTES;
/** 2 MiB for the largest payload; what a peer may send as a chunk list. */
export const MAX_CHUNK_LIST_BYTES = MAX_CHUNKS * HASH_BYTES + 64;

export interface ChunkList {
  /** Length of the payload. */
  readonly bytes: number;
  /** 32 bytes a chunk. */
  readonly hashes: Uint8Array;
}

export function chunkCount(bytes: number): number {
  return Math.ceil(bytes / CHUNK_BYTES);
}

export function encodeChunkList({ bytes, hashes }: ChunkList): Uint8Array {
  return encodeCanonical([TAG, bytes, CHUNK_BYTES, hashes]);
}

/** SHA-256 of the list's bytes: 32 bytes. */
export function payloadRoot(list: ChunkList): Uint8Array {
  return sha256(encodeChunkList(list));
}

/** Throws `bad_encoding` naming the field. */
export function decodeChunkList(encoded: Uint8Array): ChunkList {
  const limits = { maxBytes: MAX_CHUNK_LIST_BYTES, maxDepth: 1, maxItems: 5 };
  const [tag, bytes, chunkBytes, hashes] = asArray(decodeCanonical(encoded, limits), "chunkList", { length: 4 });
  asOneOf(tag, "chunkList.tag", [TAG]);
  asOneOf(chunkBytes, "chunkList.chunkBytes", [CHUNK_BYTES]);
  const length = asUint(bytes, "chunkList.bytes", { max: MAX_PAYLOAD_BYTES });
  return { bytes: length, hashes: asBytes(hashes, "chunkList.hashes", chunkCount(length) * HASH_BYTES) };
}

/** The expected hash of chunk `index`, a view of 32 bytes. */
export function chunkHash({ hashes }: ChunkList, index: number): Uint8Array {
  return hashes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
}

/** Length of chunk `index`. */
export function chunkLength({ bytes }: ChunkList, index: number): number {
  return Math.min(CHUNK_BYTES, bytes - index * CHUNK_BYTES);
}

/**
 * Builds a chunk list from a payload's bytes, given in pieces of any size. Nothing of a piece is kept: its buffer may be
 * used again, and the cost does not depend on how small the pieces are.
 */
export class ChunkHasher {
  readonly #hashes: Uint8Array[] = [];
  /** The chunk that has begun but is not complete. */
  #open: Hasher | undefined;
  #openBytes = 0;
  #bytes = 0;

  update(piece: Uint8Array): void {
    this.#bytes += piece.length;
    if (this.#bytes > MAX_PAYLOAD_BYTES) {
      throw new AiBlockError("payload_too_large", `payload: expected at most ${MAX_PAYLOAD_BYTES} bytes, got more`);
    }
    for (let at = 0; at < piece.length; ) {
      const part = piece.subarray(at, at + CHUNK_BYTES - this.#openBytes);
      at += part.length;
      if (part.length === CHUNK_BYTES) {
        this.#hashes.push(sha256(part));
        continue;
      }
      this.#open ??= createSha256();
      this.#open.update(part);
      this.#openBytes += part.length;
      if (this.#openBytes === CHUNK_BYTES) this.#closeChunk(this.#open);
    }
  }

  finish(): ChunkList {
    if (this.#open !== undefined) this.#closeChunk(this.#open);
    const hashes = new Uint8Array(this.#hashes.length * HASH_BYTES);
    this.#hashes.forEach((hash, i) => {
      hashes.set(hash, i * HASH_BYTES);
    });
    return { bytes: this.#bytes, hashes };
  }

  #closeChunk(chunk: Hasher): void {
    this.#hashes.push(chunk.digest());
    this.#open = undefined;
    this.#openBytes = 0;
  }
}
