/**
 * The end of a zip archive: where its central directory lies.
 *
 *   [central directory][zip64 end record, 56 bytes][zip64 locator, 20 bytes][end record, 22 bytes]
 *
 * The two zip64 records come together or not at all. The end record must be the last 22 bytes (no comment, nothing
 * appended), and the directory must end exactly where the records begin: then there is no second way to read the file.
 * APPNOTE.TXT sections 4.3.14 to 4.3.16.
 */
import type { ByteSource } from "../byteSource.ts";
import { formatError } from "../errors.ts";
import { readU64LE, U16_MAX, U32_MAX } from "./entry.ts";

const END_BYTES = 22;
const LOCATOR_BYTES = 20;
const END64_BYTES = 56;
const END_SIGNATURE = 0x06054b50;
const LOCATOR_SIGNATURE = 0x07064b50;
const END64_SIGNATURE = 0x06064b50;

export interface CentralDirectoryPlace {
  readonly entries: number;
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** Throws `zip_invalid`, `zip_unsupported`. */
export async function findCentralDirectory(source: ByteSource, signal?: AbortSignal): Promise<CentralDirectoryPlace> {
  const tailBytes = Math.min(source.byteLength, END_BYTES + LOCATOR_BYTES + END64_BYTES);
  if (tailBytes < END_BYTES) throw invalid(source, `expected at least ${END_BYTES} bytes, got ${source.byteLength}`);
  const tail = await source.read(source.byteLength - tailBytes, tailBytes, signal);
  const view = new DataView(tail.buffer);
  const end = tailBytes - END_BYTES;
  if (view.getUint32(end, true) !== END_SIGNATURE || view.getUint16(end + 20, true) !== 0) {
    throw invalid(source, "no end record in the last 22 bytes: cut off, or something was appended");
  }
  if (view.getUint16(end + 4, true) !== 0 || view.getUint16(end + 6, true) !== 0) {
    throw formatError("zip_unsupported", `${source.name}: is one part of a split archive`);
  }
  const small: CentralDirectoryPlace = {
    entries: view.getUint16(end + 10, true),
    byteLength: view.getUint32(end + 12, true),
    byteOffset: view.getUint32(end + 16, true),
  };
  if (view.getUint16(end + 8, true) !== small.entries) throw invalid(source, "the entry counts disagree");
  const hasLocator = end >= LOCATOR_BYTES && view.getUint32(end - LOCATOR_BYTES, true) === LOCATOR_SIGNATURE;
  if (!hasLocator) {
    if (small.entries === U16_MAX || small.byteLength === U32_MAX || small.byteOffset === U32_MAX) {
      throw invalid(source, "the end record refers to a zip64 record that is not there");
    }
    return checkPlace(source, small, source.byteLength - END_BYTES);
  }
  return checkPlace(
    source,
    readEnd64(source, view, end, small),
    source.byteLength - tailBytes + end64Start(end, source),
  );
}

function end64Start(end: number, source: ByteSource): number {
  const start = end - LOCATOR_BYTES - END64_BYTES;
  if (start < 0) throw invalid(source, "the zip64 end record is not there");
  return start;
}

function readEnd64(source: ByteSource, view: DataView, end: number, small: CentralDirectoryPlace) {
  const start = end64Start(end, source);
  const locator = end - LOCATOR_BYTES;
  const fileStart = source.byteLength - view.byteLength + start;
  const located = readU64LE(view, locator + 8);
  if (
    view.getUint32(start, true) !== END64_SIGNATURE ||
    located !== fileStart ||
    view.getUint32(locator + 4, true) !== 0 ||
    view.getUint32(locator + 16, true) > 1
  ) {
    throw invalid(source, "the zip64 locator does not point at the zip64 end record before it");
  }
  const big = {
    entries: readU64LE(view, start + 32),
    byteLength: readU64LE(view, start + 40),
    byteOffset: readU64LE(view, start + 48),
  };
  const { entries, byteLength, byteOffset } = big;
  const sameDisk = view.getUint32(start + 16, true) === 0 && view.getUint32(start + 20, true) === 0;
  const sameCount = readU64LE(view, start + 24) === entries;
  const exactSize = readU64LE(view, start + 4) === END64_BYTES - 12;
  if (entries === undefined || byteLength === undefined || byteOffset === undefined) {
    throw invalid(source, "a number in the zip64 end record is above 2^53");
  }
  if (!sameDisk || !sameCount || !exactSize) throw invalid(source, "the zip64 end record contradicts itself");
  const agrees = (short: number, long: number, max: number) => short === max || short === long;
  if (
    !agrees(small.entries, entries, U16_MAX) ||
    !agrees(small.byteLength, byteLength, U32_MAX) ||
    !agrees(small.byteOffset, byteOffset, U32_MAX)
  ) {
    throw invalid(source, "the end record and the zip64 end record disagree");
  }
  return { entries, byteLength, byteOffset };
}

function checkPlace(source: ByteSource, place: CentralDirectoryPlace, expectedEnd: number): CentralDirectoryPlace {
  if (place.byteOffset + place.byteLength === expectedEnd) return place;
  throw invalid(source, "the central directory does not end where the end record begins");
}

function invalid(source: ByteSource, reason: string): Error {
  return formatError("zip_invalid", `${source.name}: ${reason}`, { byteLength: source.byteLength });
}
