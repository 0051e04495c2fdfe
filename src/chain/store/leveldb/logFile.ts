/**
 * LevelDB's log (write-ahead log): blocks of 32 KiB with records of
 *   masked CRC-32C of type and data, u32 | length u16 | type u8 | data          (little-endian)
 * A batch is one FULL record, or a FIRST, any MIDDLE and a LAST one. A record never crosses a block; what is left of a
 * block after the last one is zero.
 * https://github.com/google/leveldb/blob/main/doc/log_format.md
 *
 * LevelDB itself skips a bad record silently, and takes it for the torn end of the file. Here the two are told apart:
 * a batch is synced before the next one begins, so a bad record before the beginning of another batch is damage.
 */
import { maskedCrc32c } from "./crc32c.ts";

const BLOCK_BYTES = 32 * 1024;
const HEAD_BYTES = 7;
const FULL = 1;
const FIRST = 2;
const LAST = 4;

interface LogRecord {
  readonly type: number;
  readonly data: Uint8Array;
}

export interface LogContents {
  /** Whole batches, oldest first. */
  readonly batches: readonly Uint8Array[];
  /** Where the first record is damaged; `undefined` when all are good, but perhaps for a torn end. */
  readonly damagedAt: number | undefined;
  /** Where the end is torn: bytes that are no record, or the beginning of a batch without its end. */
  readonly tornAt: number | undefined;
}

export function readLog(bytes: Uint8Array): LogContents {
  const batches: Uint8Array[] = [];
  let batch: { readonly at: number; readonly parts: Uint8Array[] } | undefined;
  let badAt: number | undefined;
  let damagedAt: number | undefined;
  for (const { at, record } of walk(bytes)) {
    if (record === undefined) {
      badAt ??= batch?.at ?? at;
      batch = undefined;
      continue;
    }
    if (record.type === FULL || record.type === FIRST) {
      damagedAt ??= badAt ?? batch?.at;
      batch = { at, parts: [] };
    }
    batch?.parts.push(record.data);
    if (batch !== undefined && (record.type === FULL || record.type === LAST)) {
      batches.push(batch.parts.length === 1 ? record.data : new Uint8Array(Buffer.concat(batch.parts)));
      batch = undefined;
    }
  }
  return { batches, damagedAt, tornAt: damagedAt === undefined ? (badAt ?? batch?.at) : undefined };
}

/** The good records in order, and places where there should be one. */
function* walk(bytes: Uint8Array): Generator<{ at: number; record: LogRecord | undefined }> {
  for (let block = 0; block < bytes.length; block += BLOCK_BYTES) {
    const end = Math.min(block + BLOCK_BYTES, bytes.length);
    for (let at = block; end - at >= HEAD_BYTES; ) {
      const record = recordAt(bytes, at, end);
      yield { at, record };
      // The length of a bad record cannot be trusted: the next good one is searched byte by byte.
      at = record === undefined ? nextGood(bytes, at + 1, end) : at + HEAD_BYTES + record.data.length;
    }
  }
}

function nextGood(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (end - at >= HEAD_BYTES && recordAt(bytes, at, end) === undefined) at += 1;
  return at;
}

/** The record that begins at `at`, or `undefined` when none does. */
function recordAt(bytes: Uint8Array, at: number, end: number): LogRecord | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, HEAD_BYTES);
  const type = view.getUint8(6);
  const length = view.getUint16(4, true);
  if (type < FULL || type > LAST || length > end - at - HEAD_BYTES) return undefined;
  const dataAt = at + HEAD_BYTES;
  if (maskedCrc32c(bytes, dataAt - 1, dataAt + length) !== view.getUint32(0, true)) return undefined;
  return { type, data: bytes.subarray(dataAt, dataAt + length) };
}
