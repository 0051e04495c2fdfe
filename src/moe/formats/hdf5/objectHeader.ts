/**
 * HDF5 object headers: the messages that describe a group or dataset. Versions 1 and 2, with their continuations.
 * https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html
 */
import { formatError } from "../errors.ts";
import type { WindowedSource } from "../windowedSource.ts";

const MAX_MESSAGES = 4096;
const MAX_BLOCK_BYTES = 16 * 1024 * 1024;
const CONTINUATION = 0x10;

/** Sizes of addresses and lengths in this file, 2 to 8 bytes. */
export interface Hdf5Sizes {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

export interface Hdf5Message {
  readonly type: number;
  readonly data: Buffer;
}

/** All messages of the object at `address`. Throws `header_invalid`, `file_truncated`, `too_many_entries`. */
export async function readObjectHeader(
  source: WindowedSource,
  sizes: Hdf5Sizes,
  address: number,
): Promise<Hdf5Message[]> {
  const start = await take(source, address, 16);
  const version2 = start.toString("latin1", 0, 4) === "OHDR";
  if (!version2 && start[0] !== 1) throw invalid(source, address, "expected an object header");
  const first = version2 ? await firstBlock2(source, address) : await firstBlock1(source, address, start);
  const blocks = [first.block];
  const messages: Hdf5Message[] = [];
  for (let i = 0; i < blocks.length; i++) {
    for (const message of parseMessages(source, address, blocks[i]!, first)) {
      messages.push(message);
      if (messages.length > MAX_MESSAGES) throw tooMany(source);
      if (message.type === CONTINUATION) blocks.push(await continuation(source, sizes, message.data, version2));
    }
    if (blocks.length > MAX_MESSAGES) throw tooMany(source);
  }
  return messages;
}

interface FirstBlock {
  readonly block: Buffer;
  readonly version2: boolean;
  /** Version 2 may number its messages. */
  readonly ordered: boolean;
}

async function firstBlock1(source: WindowedSource, address: number, start: Buffer): Promise<FirstBlock> {
  const block = await take(source, address + 16, start.readUInt32LE(8));
  return { block, version2: false, ordered: false };
}

async function firstBlock2(source: WindowedSource, address: number): Promise<FirstBlock> {
  const flags = (await take(source, address + 5, 1))[0]!;
  const sizeAt = address + 6 + ((flags & 0x20) !== 0 ? 16 : 0) + ((flags & 0x10) !== 0 ? 4 : 0);
  const sizeBytes = 1 << (flags & 3);
  const size = readNumber(await take(source, sizeAt, sizeBytes), 0, sizeBytes);
  return { block: await take(source, sizeAt + sizeBytes, size), version2: true, ordered: (flags & 4) !== 0 };
}

async function continuation(
  source: WindowedSource,
  sizes: Hdf5Sizes,
  data: Buffer,
  version2: boolean,
): Promise<Buffer> {
  if (data.length < sizes.offsetBytes + sizes.lengthBytes) throw invalid(source, 0, "a continuation is cut off");
  const address = readNumber(data, 0, sizes.offsetBytes);
  const length = readNumber(data, sizes.offsetBytes, sizes.lengthBytes);
  if (!version2) return take(source, address, length);
  // "OCHK", messages, checksum.
  if (length < 8) throw invalid(source, address, "a continuation is too short");
  return take(source, address + 4, length - 8);
}

/** Version 1: type u16, size u16, flags u8, 3 reserved. Version 2: type u8, size u16, flags u8, order u16 if numbered. */
function* parseMessages(source: WindowedSource, address: number, block: Buffer, { version2, ordered }: FirstBlock) {
  const headerBytes = version2 ? (ordered ? 6 : 4) : 8;
  let at = 0;
  while (at + headerBytes <= block.length) {
    const type = version2 ? block[at]! : block.readUInt16LE(at);
    const size = block.readUInt16LE(at + (version2 ? 1 : 2));
    const end = at + headerBytes + size;
    if (end > block.length) throw invalid(source, address, "a message is cut off");
    yield { type, data: block.subarray(at + headerBytes, end) };
    at = end;
  }
}

/** Exactly `length` bytes. */
export async function take(source: WindowedSource, offset: number, length: number): Promise<Buffer> {
  if (length > MAX_BLOCK_BYTES) throw tooMany(source);
  const bytes = await source.bytes(offset, length);
  if (bytes.length === length) return bytes;
  throw formatError("file_truncated", `${source.name}: expected ${length} bytes at ${offset}, the file ends before`);
}

/** A little-endian number of 1 to 8 bytes; the undefined address (all ones) and others above 2^53 become 2^53 - 1. */
export function readNumber(bytes: Buffer, offset: number, width: number): number {
  let value = 0n;
  for (let i = width - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[offset + i] ?? 0);
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
}

export function invalid(source: WindowedSource, address: number, reason: string): Error {
  return formatError("header_invalid", `${source.name}: HDF5: ${reason} at ${address}`, { address });
}

function tooMany(source: WindowedSource): Error {
  return formatError("too_many_entries", `${source.name}: HDF5: an object is larger than expected`);
}
