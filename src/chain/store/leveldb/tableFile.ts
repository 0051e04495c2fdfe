/**
 * LevelDB's tables (`.ldb`): sorted rows in blocks, and an index of the blocks.
 *
 *   data blocks | filter block | index of filters | index block | footer: two handles, padding, magic (48 bytes)
 *   block: contents | compression u8 (0 none, 1 Snappy) | masked CRC-32C of both, u32
 *   contents: entries (shared, rest, value length as varints | rest of the key | value), offsets u32, their number u32
 *   handle: offset, size as varints
 *   key: the user's key | (sequence number << 8 | 1 put or 0 delete) u64
 * https://github.com/google/leveldb/blob/main/doc/table_format.md
 *
 * Every block's checksum is verified here, which LevelDB does not do: it may even abort the process on a damaged key.
 */
import { endByChecksum, maskedCrc32c } from "./crc32c.ts";
import { unpackSnappy } from "./snappy.ts";
import { VarintReader } from "./varint.ts";

const FOOTER_BYTES = 48;
const MAGIC = "57fb808b247547db";
const TRAILER_BYTES = 5;
const SEQUENCE_BYTES = 8;
const PUT = 1;
/** Blocks have 4 KiB and one row more. */
const MAX_BLOCK_BYTES = 64 * 2 ** 20;
const MAX_SEARCH_BYTES = 2 ** 20;

interface Handle {
  readonly offset: number;
  readonly size: number;
}

interface Entry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export interface TableContents {
  /** Rows that were put, by the user's key; what was deleted later is among them. */
  readonly rows: readonly Entry[];
  /** Offsets of the blocks, or of the footer, that are damaged. */
  readonly damagedAt: readonly number[];
}

/** Reads what is intact; without the index of blocks, each block is found by its checksum, up to the first damaged one. */
export function readTable(file: Uint8Array): TableContents {
  const damagedAt: number[] = [];
  const open = (handle: Handle): Uint8Array | undefined => {
    const contents = attempt(() => openBlock(file, handle));
    if (contents === undefined) damagedAt.push(handle.offset);
    return contents;
  };
  const entriesOf = (handle: Handle): Entry[] => {
    const contents = open(handle);
    return contents === undefined ? [] : (attempt(() => parseEntries(contents)) ?? []);
  };
  const handles = attempt(() => readFooter(file));
  if (handles === undefined) damagedAt.push(Math.max(0, file.length - FOOTER_BYTES));
  // Filters hold no rows, but look-ups go through them.
  for (const handle of handles === undefined ? [] : entriesOf(handles[0]).flatMap(handleIn)) open(handle);
  const blocks = handles === undefined ? [] : entriesOf(handles[1]).flatMap(handleIn);
  const rows = (blocks.length > 0 ? blocks : findBlocks(file)).flatMap(entriesOf).flatMap(asPut);
  return { rows, damagedAt };
}

/** What `work` gives, or `undefined` when it runs out of the bytes' range: they are damaged. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function handleIn({ value }: Entry): Handle[] {
  const handle = attempt(() => nextHandle(new VarintReader(value)));
  return handle === undefined ? [] : [handle];
}

/** Blocks follow each other without gaps, so the end of one is the beginning of the next. */
function findBlocks(file: Uint8Array): Handle[] {
  const handles: Handle[] = [];
  for (let offset = 0; offset < file.length; ) {
    const end = endByChecksum(file, offset, offset + MAX_SEARCH_BYTES);
    if (end === undefined) break;
    handles.push({ offset, size: end - 1 - offset });
    offset = end + TRAILER_BYTES - 1;
  }
  return handles;
}

function readFooter(file: Uint8Array): [metaIndex: Handle, index: Handle] {
  const at = file.length - FOOTER_BYTES;
  if (at < 0 || Buffer.from(file.subarray(-8)).toString("hex") !== MAGIC) throw new RangeError("expected a table");
  const reader = new VarintReader(file, at);
  return [nextHandle(reader), nextHandle(reader)];
}

function nextHandle(reader: VarintReader): Handle {
  return { offset: reader.integer(), size: reader.integer() };
}

/** The contents of a block, or `undefined` when its checksum is wrong. */
function openBlock(file: Uint8Array, { offset, size }: Handle): Uint8Array | undefined {
  const end = offset + size;
  if (end + TRAILER_BYTES > file.length - FOOTER_BYTES) return undefined;
  const view = new DataView(file.buffer, file.byteOffset + end, TRAILER_BYTES);
  if (maskedCrc32c(file, offset, end + 1) !== view.getUint32(1, true)) return undefined;
  const contents = file.subarray(offset, end);
  return view.getUint8(0) === 0 ? contents : unpackSnappy(contents, MAX_BLOCK_BYTES);
}

/** Each key shares a beginning with the one before it. */
function parseEntries(contents: Uint8Array): Entry[] {
  const view = new DataView(contents.buffer, contents.byteOffset, contents.byteLength);
  if (contents.length < 4) throw new RangeError("expected a block of at least 4 bytes");
  const end = contents.length - 4 - 4 * view.getUint32(contents.length - 4, true);
  const reader = new VarintReader(contents, 0, Math.max(0, end));
  const entries: Entry[] = [];
  let key: Uint8Array = new Uint8Array(0);
  while (!reader.isAtEnd) {
    const [shared, rest, length] = [reader.integer(), reader.integer(), reader.integer()];
    key = new Uint8Array(Buffer.concat([key.subarray(0, shared), reader.take(rest)]));
    entries.push({ key, value: reader.take(length) });
  }
  return entries;
}

/** The row with the user's key, if it is a put. */
function asPut({ key, value }: Entry): Entry[] {
  const at = key.length - SEQUENCE_BYTES;
  return at >= 0 && key[at] === PUT ? [{ key: key.subarray(0, at), value }] : [];
}
