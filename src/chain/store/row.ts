/**
 * A stored row carries a CRC-32 of its key and value: LevelDB does not check its own block checksums when it reads, so
 * without this a flipped bit in an index row would be served as data.
 */
import { crc32 } from "node:zlib";
import { toHex } from "../../core/bytes.ts";
import { AiBlockError } from "../../core/errors.ts";

const CHECKSUM_BYTES = 4;

/** The bytes to store under `key`: `value`, then CRC-32(key, value). */
export function sealRow(key: Uint8Array, value: Uint8Array): Uint8Array {
  // A pooled buffer: rows are many and live until LevelDB has copied them.
  const row = Buffer.allocUnsafe(value.length + CHECKSUM_BYTES);
  row.set(value);
  row.writeUInt32BE(crc32(value, crc32(key)), value.length);
  return row;
}

/** The value in `row` as read under `key`. Throws `row_corrupt` when either has changed since it was sealed. */
export function openRow(key: Uint8Array, row: Uint8Array): Uint8Array {
  const length = row.length - CHECKSUM_BYTES;
  if (length >= 0) {
    const value = row.subarray(0, length);
    const stored = new DataView(row.buffer, row.byteOffset + length, CHECKSUM_BYTES).getUint32(0);
    if (stored === crc32(value, crc32(key))) return value;
  }
  throw new AiBlockError(
    "row_corrupt",
    `store: the row at key ${toHex(key.subarray(0, 40))} does not match its checksum; run "ai-block chain verify"`,
    { keyHex: toHex(key) },
  );
}

/** What stands before the checksum, which is not looked at. */
export function withoutChecksum<T extends Uint8Array | undefined>(row: T): T {
  return (row === undefined ? undefined : row.subarray(0, Math.max(0, row.length - CHECKSUM_BYTES))) as T;
}
