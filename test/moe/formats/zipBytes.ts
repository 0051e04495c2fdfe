/** Builds zip archives, right and wrong: every field of every record can be set. */
import { crc32 } from "node:zlib";

export interface ZipFields {
  readonly signature?: number;
  readonly version?: number;
  readonly flags?: number;
  readonly method?: number;
  readonly crc?: number;
  readonly compressed?: number;
  readonly size?: number;
  readonly name?: string | Buffer;
  readonly extra?: Buffer;
  /** Central directory only. */
  readonly offset?: number;
  readonly comment?: string;
  readonly madeBy?: number;
  readonly attributes?: number;
  readonly disk?: number;
}

export interface ZipPart {
  readonly name: string;
  readonly data: Uint8Array;
  readonly local?: ZipFields;
  readonly central?: ZipFields;
  /** Bytes before the local header, and between data and the next record. */
  readonly before?: Buffer;
  readonly after?: Buffer;
  /** Leave it out of the directory. */
  readonly hidden?: boolean;
}

export interface EndFields {
  readonly signature?: number;
  readonly disk?: number;
  readonly entriesHere?: number;
  readonly entries?: number;
  readonly size?: number;
  readonly offset?: number;
  readonly comment?: string;
  readonly before?: Buffer;
  readonly after?: Buffer;
  readonly zip64?: Buffer;
}

export function zip(parts: readonly ZipPart[], end: EndFields = {}, prefix: Buffer = Buffer.alloc(0)): Uint8Array {
  const chunks: Buffer[] = [prefix];
  const directory: Buffer[] = [];
  let position = prefix.length;
  const push = (bytes: Buffer) => {
    chunks.push(bytes);
    position += bytes.length;
  };
  for (const part of parts) {
    if (part.before !== undefined) push(part.before);
    const offset = position;
    push(localHeader(part));
    push(Buffer.from(part.data));
    if (part.after !== undefined) push(part.after);
    if (part.hidden !== true) directory.push(centralHeader(part, offset));
  }
  const start = position;
  const central = Buffer.concat(directory);
  push(central);
  if (end.zip64 !== undefined) push(end.zip64);
  if (end.before !== undefined) push(end.before);
  const record = Buffer.alloc(22);
  record.writeUInt32LE(end.signature ?? 0x06054b50, 0);
  record.writeUInt16LE(end.disk ?? 0, 4);
  record.writeUInt16LE(end.entriesHere ?? end.entries ?? directory.length, 8);
  record.writeUInt16LE(end.entries ?? directory.length, 10);
  record.writeUInt32LE(end.size ?? central.length, 12);
  record.writeUInt32LE(end.offset ?? start, 16);
  const comment = Buffer.from(end.comment ?? "");
  record.writeUInt16LE(comment.length, 20);
  push(Buffer.concat([record, comment, end.after ?? Buffer.alloc(0)]));
  return new Uint8Array(Buffer.concat(chunks));
}

function localHeader({ name, data, local = {} }: ZipPart): Buffer {
  const nameBytes = Buffer.from(local.name ?? name);
  const extra = local.extra ?? Buffer.alloc(0);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(local.signature ?? 0x04034b50, 0);
  header.writeUInt16LE(local.version ?? 20, 4);
  header.writeUInt16LE(local.flags ?? 0, 6);
  header.writeUInt16LE(local.method ?? 0, 8);
  header.writeUInt32LE(local.crc ?? crc32(data), 14);
  header.writeUInt32LE(local.compressed ?? data.length, 18);
  header.writeUInt32LE(local.size ?? data.length, 22);
  header.writeUInt16LE(nameBytes.length, 26);
  header.writeUInt16LE(extra.length, 28);
  return Buffer.concat([header, nameBytes, extra]);
}

function centralHeader({ name, data, central = {} }: ZipPart, offset: number): Buffer {
  const nameBytes = Buffer.from(central.name ?? name);
  const extra = central.extra ?? Buffer.alloc(0);
  const comment = Buffer.from(central.comment ?? "");
  const header = Buffer.alloc(46);
  header.writeUInt32LE(central.signature ?? 0x02014b50, 0);
  header.writeUInt16LE(central.madeBy ?? 0, 4);
  header.writeUInt16LE(central.version ?? 20, 6);
  header.writeUInt16LE(central.flags ?? 0, 8);
  header.writeUInt16LE(central.method ?? 0, 10);
  header.writeUInt32LE(central.crc ?? crc32(data), 16);
  header.writeUInt32LE(central.compressed ?? data.length, 20);
  header.writeUInt32LE(central.size ?? data.length, 24);
  header.writeUInt16LE(nameBytes.length, 28);
  header.writeUInt16LE(extra.length, 30);
  header.writeUInt16LE(comment.length, 32);
  header.writeUInt16LE(central.disk ?? 0, 34);
  header.writeUInt32LE((central.attributes ?? 0) >>> 0, 38);
  header.writeUInt32LE(central.offset ?? offset, 42);
  return Buffer.concat([header, nameBytes, extra, comment]);
}

/** An extra field: id, length, content. */
export function extraField(id: number, content: Buffer, declaredLength = content.length): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(id, 0);
  head.writeUInt16LE(declaredLength, 2);
  return Buffer.concat([head, content]);
}

export function u64(...values: readonly (number | bigint)[]): Buffer {
  const bytes = Buffer.alloc(8 * values.length);
  for (const [i, value] of values.entries()) bytes.writeBigUInt64LE(BigInt(value), 8 * i);
  return bytes;
}

/** A data descriptor: signature if asked for, checksum, two sizes of 4 or 8 bytes. */
export function descriptor(
  data: Uint8Array,
  { signed = true, wide = false, crc = crc32(data), size = data.length } = {},
): Buffer {
  const sizes = Buffer.alloc(wide ? 16 : 8);
  for (const i of [0, 1]) {
    if (wide) sizes.writeBigUInt64LE(BigInt(size), 8 * i);
    else sizes.writeUInt32LE(size, 4 * i);
  }
  const head = Buffer.alloc(signed ? 8 : 4);
  if (signed) head.writeUInt32LE(0x08074b50, 0);
  head.writeUInt32LE(crc >>> 0, signed ? 4 : 0);
  return Buffer.concat([head, sizes]);
}

/** The zip64 end record and its locator. */
export function zip64End(
  entries: number,
  size: number,
  offset: number,
  recordOffset: number,
  change: Partial<{
    version: number;
    length: bigint;
    disk: number;
    signature: number;
    locator: number;
    entriesHere: number;
  }> = {},
): Buffer {
  const record = Buffer.alloc(56);
  record.writeUInt32LE(change.signature ?? 0x06064b50, 0);
  record.writeBigUInt64LE(change.length ?? 44n, 4);
  record.writeUInt16LE(45, 12);
  record.writeUInt16LE(45, 14);
  record.writeUInt32LE(change.disk ?? 0, 16);
  record.writeBigUInt64LE(BigInt(change.entriesHere ?? entries), 24);
  record.writeBigUInt64LE(BigInt(entries), 32);
  record.writeBigUInt64LE(BigInt(size), 40);
  record.writeBigUInt64LE(BigInt(offset), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(change.locator ?? 0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(recordOffset), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([record, locator]);
}
