/**
 * A zip archive of stored entries whose two descriptions of itself agree.
 *
 * In order of their offsets the entries (local header, name, extra field, data, data descriptor) must cover the file
 * from byte 0 to the central directory without hole or overlap. So no byte hides between entries, no prefix makes the
 * file something else as well, and every local header says the same as the directory.
 *
 *   data descriptor: [signature PK\7\8] crc32:u32 size:u32|u64 size:u32|u64; 8-byte sizes where zip64 is in use
 */
import { crc32 } from "node:zlib";
import { excerpt } from "../../../core/bytes.ts";
import type { ByteSource } from "../byteSource.ts";
import { formatError } from "../errors.ts";
import { readCentralDirectory } from "./centralDirectory.ts";
import { type DeclaredEntry, FLAG_DESCRIPTOR, readU64LE, U32_MAX, type ZipEntry } from "./entry.ts";
import { findExtra } from "./extraField.ts";

const LOCAL_BYTES = 30;
const LOCAL_SIGNATURE = 0x04034b50;
const DESCRIPTOR_SIGNATURE = 0x08074b50;
const MAX_DESCRIPTOR_BYTES = 24;
const CHECK_CHUNK_BYTES = 16 * 1024 * 1024;
/** Headers read at the same time: an archive may have tens of thousands. */
const PARALLEL_READS = 32;

/** Entries by name. Throws `zip_invalid`, `zip_unsupported`, `zip_name_invalid`, `too_many_entries`. */
export async function readZip(source: ByteSource, signal?: AbortSignal): Promise<Map<string, ZipEntry>> {
  const directory = await readCentralDirectory(source, signal);
  const declared = [...directory.entries].sort((a, b) => a.headerOffset - b.headerOffset);
  if (declared[0]?.headerOffset !== 0) throw invalid(source, "the first entry does not start at byte 0");
  const entries = new Map<string, ZipEntry>();
  for (let first = 0; first < declared.length; first += PARALLEL_READS) {
    const batch = declared.slice(first, first + PARALLEL_READS).map((entry, i) => {
      const end = declared[first + i + 1]?.headerOffset ?? directory.byteOffset;
      return checkLocal(source, entry, end, signal);
    });
    for (const entry of await Promise.all(batch)) entries.set(entry.name, entry);
  }
  return entries;
}

/** The bytes of a small entry, with its checksum verified. */
export async function readEntry(source: ByteSource, entry: ZipEntry, signal?: AbortSignal): Promise<Uint8Array> {
  const bytes = await source.read(entry.dataOffset, entry.byteLength, signal);
  checkCrc(entry, crc32(bytes));
  return bytes;
}

/** Reads the entry once, in pieces, and verifies its checksum. Throws `checksum_mismatch`. */
export async function verifyEntry(source: ByteSource, entry: ZipEntry, signal?: AbortSignal): Promise<void> {
  let sum = 0;
  for (let done = 0; done < entry.byteLength; done += CHECK_CHUNK_BYTES) {
    const length = Math.min(CHECK_CHUNK_BYTES, entry.byteLength - done);
    sum = crc32(await source.read(entry.dataOffset + done, length, signal), sum);
  }
  checkCrc(entry, sum);
}

export function checkCrc(entry: ZipEntry, got: number): void {
  if (got === entry.crc32) return;
  throw formatError("checksum_mismatch", `entry ${entry.name}: expected CRC-32 ${hex(entry.crc32)}, got ${hex(got)}`);
}

/** Compares the local header of `entry` with the directory; its bytes must fill `[headerOffset, end)` exactly. */
async function checkLocal(source: ByteSource, entry: DeclaredEntry, end: number, signal?: AbortSignal) {
  const { nameBytes, flags, headerOffset, byteLength } = entry;
  const fixed = LOCAL_BYTES + nameBytes.length;
  if (headerOffset + fixed > end) throw invalid(source, `entry ${excerpt(entry.name)} overlaps what follows it`);
  const bytes = await source.read(headerOffset, fixed, signal);
  const view = new DataView(bytes.buffer);
  const extraLength = view.getUint16(28, true);
  const same =
    view.getUint32(0, true) === LOCAL_SIGNATURE &&
    view.getUint16(6, true) === flags &&
    view.getUint16(8, true) === 0 &&
    view.getUint16(26, true) === nameBytes.length &&
    Buffer.compare(bytes.subarray(LOCAL_BYTES), nameBytes) === 0;
  if (!same) throw invalid(source, `entry ${excerpt(entry.name)}: local header and directory disagree`);
  const dataOffset = headerOffset + fixed + extraLength;
  const dataEnd = dataOffset + byteLength;
  if (dataEnd > end) throw invalid(source, `entry ${excerpt(entry.name)} overlaps what follows it`);
  const extra = await source.read(headerOffset + fixed, extraLength, signal);
  const described = await checkDescriptor(source, entry, dataEnd, end, signal);
  if (!sizesAgree(view, extra, entry, described)) {
    throw invalid(source, `entry ${excerpt(entry.name)}: sizes in local header and directory disagree`);
  }
  return { name: entry.name, byteLength, crc32: entry.crc32, headerOffset, dataOffset } satisfies ZipEntry;
}

/** The descriptor after the data, if flag 3 is set; without it nothing may follow. Returns whether there is one. */
async function checkDescriptor(
  source: ByteSource,
  entry: DeclaredEntry,
  start: number,
  end: number,
  signal?: AbortSignal,
) {
  const length = end - start;
  const flagged = (entry.flags & FLAG_DESCRIPTOR) !== 0;
  if (!flagged && length === 0) return false;
  // With or without signature, with sizes of 4 or 8 bytes: 12, 16, 20 or 24 bytes.
  if (!flagged || length > MAX_DESCRIPTOR_BYTES || length < 12 || length % 4 !== 0) {
    throw invalid(source, `entry ${excerpt(entry.name)}: ${length} bytes after its data belong to nothing`);
  }
  const view = new DataView((await source.read(start, length, signal)).buffer);
  const signed = length === 16 || length === 24;
  const at = signed ? 4 : 0;
  const wide = length >= 20;
  const size = (offset: number) => (wide ? readU64LE(view, offset) : view.getUint32(offset, true));
  const agrees =
    (!signed || view.getUint32(0, true) === DESCRIPTOR_SIGNATURE) &&
    view.getUint32(at, true) === entry.crc32 &&
    size(at + 4) === entry.byteLength &&
    size(at + (wide ? 12 : 8)) === entry.byteLength;
  if (!agrees) throw invalid(source, `entry ${excerpt(entry.name)}: data descriptor and directory disagree`);
  return true;
}

/**
 * Checksum and sizes of the local header equal the directory's. With a descriptor they may all be zero instead, and a
 * zip64 field may hold any of the entry's numbers: that is how the writer inside PyTorch leaves them.
 */
function sizesAgree(view: DataView, extra: Uint8Array, entry: DeclaredEntry, described: boolean): boolean {
  const big = findExtra(extra);
  if (big === "malformed" || (big !== undefined && (big.byteLength % 8 !== 0 || big.byteLength > 24))) return false;
  const longs = Array.from({ length: (big?.byteLength ?? 0) / 8 }, (_, i) => readU64LE(big as DataView, i * 8));
  const known = new Set<number | undefined>([entry.byteLength, ...(described ? [0, entry.headerOffset] : [])]);
  if (!longs.every((value) => known.has(value))) return false;
  const [crc, compressed, size] = [14, 18, 22].map((offset) => view.getUint32(offset, true));
  if (described && crc === 0 && compressed === 0 && size === 0) return true;
  const short = (value: number | undefined) =>
    value === entry.byteLength || (value === U32_MAX && longs.includes(entry.byteLength));
  return crc === entry.crc32 && short(compressed) && short(size);
}

function hex(value: number): string {
  return value.toString(16).padStart(8, "0");
}

function invalid(source: ByteSource, reason: string): Error {
  return formatError("zip_invalid", `${source.name}: ${reason}`);
}
