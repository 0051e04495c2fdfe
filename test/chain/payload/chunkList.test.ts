import fc from "fast-check";
import { Random } from "../../../scripts/support/random.ts";
import { CHUNK_BYTES } from "../../../src/chain/limits.ts";
import {
  ChunkHasher,
  type ChunkList,
  chunkCount,
  chunkHash,
  chunkLength,
  decodeChunkList,
  encodeChunkList,
  payloadRoot,
} from "../../../src/chain/payload/chunkList.ts";
import { toHex } from "../../../src/core/bytes.ts";
import { sha256 } from "../../../src/core/hash.ts";

/** What the format says, worked out in the most direct way. */
function listOf(bytes: Uint8Array): ChunkList {
  const hashes: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) hashes.push(sha256(bytes.subarray(at, at + CHUNK_BYTES)));
  return { bytes: bytes.length, hashes: new Uint8Array(Buffer.concat(hashes)) };
}

const sizes = fc.oneof(
  fc.nat(100),
  fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: -2, max: 2 })).map(([n, d]) => n * CHUNK_BYTES + d),
);

test("the root does not depend on the pieces in which the bytes came, even when one buffer carries them all", () => {
  fc.assert(
    fc.property(sizes, fc.integer({ min: 500, max: 300_000 }), fc.integer(), (size, mostPiece, seed) => {
      const random = new Random(seed);
      const bytes = new Uint8Array(size).map((_, i) => (i * 31 + seed) & 0xff);
      const reused = Buffer.alloc(mostPiece);
      const hasher = new ChunkHasher();
      for (let at = 0; at < size; ) {
        const length = Math.min(random.between(Math.ceil(mostPiece / 4), mostPiece), size - at);
        reused.set(bytes.subarray(at, at + length));
        hasher.update(reused.subarray(0, length));
        reused.fill(0);
        at += length;
      }
      expect(toHex(payloadRoot(hasher.finish()))).toBe(toHex(payloadRoot(listOf(bytes))));
    }),
    { numRuns: 60 },
  );
});

test("an encoded chunk list decodes to itself, and its chunks cover the payload exactly", () => {
  for (const size of [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES]) {
    const list = listOf(new Uint8Array(size));
    const decoded = decodeChunkList(encodeChunkList(list));
    expect(decoded).toEqual(list);
    const lengths = Array.from({ length: chunkCount(size) }, (_, i) => chunkLength(decoded, i));
    expect(lengths.reduce((total, length) => total + length, 0)).toBe(size);
    expect(lengths.every((length, i) => length === CHUNK_BYTES || i === lengths.length - 1)).toBe(true);
    for (let i = 0; i < lengths.length; i++) expect(chunkHash(decoded, i)).toHaveLength(32);
  }
});
