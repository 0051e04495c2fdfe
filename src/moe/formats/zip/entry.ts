/** One file inside a zip archive: stored without compression, so its bytes are a range of the archive. */

export interface ZipEntry {
  readonly name: string;
  readonly byteLength: number;
  readonly crc32: number;
  /** Where the entry's own (local) header starts. */
  readonly headerOffset: number;
  /** Where its bytes start. */
  readonly dataOffset: number;
}

/** An entry as the central directory declares it, before its local header was compared. */
export interface DeclaredEntry extends Omit<ZipEntry, "dataOffset"> {
  readonly nameBytes: Uint8Array;
  readonly flags: number;
}

/** Bit 3: sizes and checksum follow the data. Bit 11: the name is UTF-8. Nothing else is allowed. */
export const FLAG_DESCRIPTOR = 1 << 3;
export const FLAG_UTF8 = 1 << 11;
export const FLAG_ENCRYPTED = 1 << 0;

/** The value that says "see the zip64 extra field". */
export const U32_MAX = 0xffff_ffff;
export const U16_MAX = 0xffff;

/** An 8-byte little-endian number, or `undefined` above 2^53 - 1. */
export function readU64LE(view: DataView, offset: number): number | undefined {
  const value = view.getBigUint64(offset, true);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined;
}
