/** CRC-32C (Castagnoli, RFC 3720), the checksum in LevelDB's files. Node has only the other CRC-32. */

/** The polynomial 0x1edc6f41, bits reversed. */
const POLYNOMIAL = 0x82f63b78;
const MASK_DELTA = 0xa282ead8;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  return crc;
});

const ALL_BITS = 0xffffffff;

/** Of `bytes` [start, end). */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let crc = ALL_BITS;
  for (let i = start; i < end; i++) crc = (TABLE[(crc ^ (bytes[i] as number)) & 0xff] as number) ^ (crc >>> 8);
  return (crc ^ ALL_BITS) >>> 0;
}

/** As LevelDB stores it: rotated and shifted, since checksums of data that holds checksums are weak. */
export function maskedCrc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  return mask(crc32c(bytes, start, end));
}

/**
 * The first `end` from `start` on (at most `limit`) at which the masked checksum of [start, end) stands in the four bytes
 * behind it; `undefined` when there is none.
 */
export function endByChecksum(bytes: Uint8Array, start: number, limit: number): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let crc = ALL_BITS;
  for (let end = start; end < limit && end + 5 <= bytes.length; ) {
    crc = (TABLE[(crc ^ (bytes[end] as number)) & 0xff] as number) ^ (crc >>> 8);
    end += 1;
    if (mask((crc ^ ALL_BITS) >>> 0) === view.getUint32(end, true)) return end;
  }
  return undefined;
}

function mask(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
}
