/**
 * The central directory of a zip archive: what entries there are.
 *
 * Only what `torch.save` writes is allowed: stored (method 0), not encrypted, no comments, no folders, no links, names
 * that stay inside one folder. APPNOTE.TXT section 4.3.12.
 */
import { excerpt } from "../../../core/bytes.ts";
import type { ByteSource } from "../byteSource.ts";
import { formatError } from "../errors.ts";
import { MAX_NAME_BYTES, MAX_TENSORS } from "../limits.ts";
import { type CentralDirectoryPlace, findCentralDirectory } from "./endRecord.ts";
import { type DeclaredEntry, FLAG_DESCRIPTOR, FLAG_ENCRYPTED, FLAG_UTF8, readU64LE, U32_MAX } from "./entry.ts";
import { findExtra } from "./extraField.ts";

const ENTRY_BYTES = 46;
const SIGNATURE = 0x02014b50;
const MAX_DIRECTORY_BYTES = 64 * 1024 * 1024;
/** Version 4.5 of the format brought zip64; nothing later is needed for stored entries. */
const MAX_VERSION = 45;
const UNIX = 3;
const FILE_TYPE_MASK = 0o170000;
const REGULAR_FILE = 0o100000;

export interface CentralDirectory {
  readonly entries: readonly DeclaredEntry[];
  readonly byteOffset: number;
}

/** Throws `zip_invalid`, `zip_unsupported`, `zip_name_invalid`, `too_many_entries`. */
export async function readCentralDirectory(source: ByteSource, signal?: AbortSignal): Promise<CentralDirectory> {
  return readDirectory(source, { storedOnly: true }, signal);
}

/** Names of all entries, also of compressed ones: to tell what kind of archive it is. Throws as above. */
export async function listZipNames(source: ByteSource, signal?: AbortSignal): Promise<string[]> {
  const { entries } = await readDirectory(source, { storedOnly: false }, signal);
  return entries.map(({ name }) => name);
}

async function readDirectory(
  source: ByteSource,
  { storedOnly }: { readonly storedOnly: boolean },
  signal?: AbortSignal,
): Promise<CentralDirectory> {
  const place = await findCentralDirectory(source, signal);
  checkSize(source, place);
  const bytes = await source.read(place.byteOffset, place.byteLength, signal);
  const entries: DeclaredEntry[] = [];
  const names = new Set<string>();
  let offset = 0;
  while (offset < bytes.length) {
    const { entry, next } = parseEntry(source, bytes, offset, storedOnly);
    if (names.has(entry.name)) throw invalid(source, `entry ${excerpt(entry.name)} stands twice`);
    names.add(entry.name);
    entries.push(entry);
    offset = next;
  }
  if (entries.length !== place.entries) {
    throw invalid(source, `the end record announces ${place.entries} entries, the directory holds ${entries.length}`);
  }
  return { entries, byteOffset: place.byteOffset };
}

function checkSize(source: ByteSource, place: CentralDirectoryPlace): void {
  if (place.byteLength > MAX_DIRECTORY_BYTES || place.entries > MAX_TENSORS) {
    throw formatError("too_many_entries", `${source.name}: expected at most ${MAX_TENSORS} entries`, { ...place });
  }
}

function parseEntry(
  source: ByteSource,
  bytes: Uint8Array,
  offset: number,
  storedOnly: boolean,
): { entry: DeclaredEntry; next: number } {
  if (offset + ENTRY_BYTES > bytes.length) throw invalid(source, "the central directory is cut off");
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, bytes.length - offset);
  if (view.getUint32(0, true) !== SIGNATURE) throw invalid(source, "expected a central directory entry");
  const nameLength = view.getUint16(28, true);
  const extraLength = view.getUint16(30, true);
  const end = ENTRY_BYTES + nameLength + extraLength;
  if (view.getUint16(32, true) !== 0) throw unsupported(source, "an entry has a comment");
  if (end > view.byteLength) throw invalid(source, "the central directory is cut off");
  checkFeatures(source, view, storedOnly);
  const nameBytes = bytes.subarray(offset + ENTRY_BYTES, offset + ENTRY_BYTES + nameLength);
  const extra = bytes.subarray(offset + ENTRY_BYTES + nameLength, offset + end);
  const { compressed, byteLength, headerOffset } = readSizes(source, view, extra);
  if (storedOnly && compressed !== byteLength)
    throw unsupported(source, "an entry's stored size differs from its size");
  const flags = view.getUint16(8, true);
  const name = decodeName(source, nameBytes);
  return {
    entry: { name, nameBytes, flags, byteLength, crc32: view.getUint32(16, true), headerOffset },
    next: offset + end,
  };
}

function checkFeatures(source: ByteSource, view: DataView, storedOnly: boolean): void {
  const flags = view.getUint16(8, true);
  if ((flags & FLAG_ENCRYPTED) !== 0) throw unsupported(source, "an entry is encrypted");
  if ((flags & ~(FLAG_DESCRIPTOR | FLAG_UTF8)) !== 0) throw unsupported(source, `flags ${flags.toString(16)}`);
  if (storedOnly && view.getUint16(10, true) !== 0)
    throw unsupported(source, "an entry is compressed; expected stored entries only");
  if ((view.getUint16(6, true) & 0xff) > MAX_VERSION) throw unsupported(source, "an entry needs a newer zip version");
  if (view.getUint16(34, true) !== 0) throw unsupported(source, "an entry lies on another disk");
  const fileType = (view.getUint32(38, true) >>> 16) & FILE_TYPE_MASK;
  if (view.getUint8(5) === UNIX && fileType !== 0 && fileType !== REGULAR_FILE) {
    throw unsupported(source, "an entry is a link or another special file");
  }
}

/** Sizes and offset; each that is 2^32 - 1 stands in the zip64 extra field, in this order, and only those stand there. */
function readSizes(source: ByteSource, view: DataView, extra: Uint8Array) {
  const short = [view.getUint32(24, true), view.getUint32(20, true), view.getUint32(42, true)];
  const big = findExtra(extra);
  if (big === "malformed") throw invalid(source, "an extra field is malformed");
  const wanted = short.filter((value) => value === U32_MAX).length;
  if (wanted * 8 !== (big?.byteLength ?? 0)) throw invalid(source, "a zip64 field does not fit its entry");
  let at = 0;
  const values = short.map((value) => {
    if (value !== U32_MAX || big === undefined) return value;
    const long = readU64LE(big, at);
    at += 8;
    if (long === undefined || long > source.byteLength) throw invalid(source, "a zip64 size is larger than the file");
    return long;
  });
  const [byteLength, compressed, headerOffset] = values as [number, number, number];
  return { byteLength, compressed, headerOffset };
}

/** A relative path without ".." and of plain characters: nothing is ever extracted, but names appear in messages. */
function decodeName(source: ByteSource, bytes: Uint8Array): string {
  const name = new TextDecoder().decode(bytes);
  const parts = name.split("/");
  const bad = parts.some((part) => part === "" || part === "." || part === "..") || /[\\:\p{Cc}\ufffd]/u.test(name);
  if (bad || bytes.length > MAX_NAME_BYTES) {
    throw formatError("zip_name_invalid", `${source.name}: entry name ${excerpt(name)} is not a plain relative path`);
  }
  return name;
}

function invalid(source: ByteSource, reason: string): Error {
  return formatError("zip_invalid", `${source.name}: ${reason}`);
}

function unsupported(source: ByteSource, reason: string): Error {
  return formatError("zip_unsupported", `${source.name}: ${reason}`);
}
