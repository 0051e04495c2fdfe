/** Links of HDF5 groups: names and the addresses of what they lead to. */
import { formatError } from "../errors.ts";
import type { WindowedSource } from "../windowedSource.ts";
import { type Hdf5Sizes, invalid, readNumber, take } from "./objectHeader.ts";

const MAX_NODES = 20_000;
const MAX_HEAP_BYTES = 16 * 1024 * 1024;
const MAX_NAME_BYTES = 1024;

export interface Hdf5Link {
  readonly name: string;
  readonly address: number;
}

/**
 * A group as a B-tree of symbol table nodes with a heap of names.
 *
 *   TREE  type u8, level u8, entries u16, two sibling addresses, then key, child, key, child, …, key
 *   SNOD  version u8, reserved u8, symbols u16, then per symbol: name offset, header address, 24 bytes
 *   HEAP  version u8, 3 reserved, size, free list, address of the names
 */
export async function symbolTableLinks(source: WindowedSource, sizes: Hdf5Sizes, message: Buffer): Promise<Hdf5Link[]> {
  const { offsetBytes: wide } = sizes;
  if (message.length < 2 * wide) throw invalid(source, 0, "a symbol table message is cut off");
  const names = await readHeap(source, sizes, readNumber(message, wide, wide));
  const links: Hdf5Link[] = [];
  const queue = [readNumber(message, 0, wide)];
  const seen = new Set(queue);
  for (let address = queue.shift(); address !== undefined; address = queue.shift()) {
    const head = await take(source, address, 8);
    const kind = head.toString("latin1", 0, 4);
    const count = head.readUInt16LE(6);
    if (kind === "SNOD") links.push(...(await readSymbols(source, sizes, address, count, names)));
    else if (kind === "TREE") {
      for (const child of await readChildren(source, sizes, address, count)) {
        if (seen.has(child)) throw invalid(source, child, "a node is used twice");
        seen.add(child);
        queue.push(child);
      }
    } else throw invalid(source, address, "expected a group node");
    if (seen.size > MAX_NODES)
      throw formatError("too_many_entries", `${source.name}: HDF5: a group has too many nodes`);
  }
  return links;
}

async function readChildren(
  source: WindowedSource,
  sizes: Hdf5Sizes,
  address: number,
  count: number,
): Promise<number[]> {
  const { offsetBytes, lengthBytes } = sizes;
  const step = offsetBytes + lengthBytes;
  const bytes = await take(source, address + 8 + 2 * offsetBytes, count * step);
  return Array.from({ length: count }, (_, i) => readNumber(bytes, i * step + lengthBytes, offsetBytes));
}

async function readSymbols(source: WindowedSource, sizes: Hdf5Sizes, address: number, count: number, names: Buffer) {
  const step = 2 * sizes.offsetBytes + 24;
  const bytes = await take(source, address + 8, count * step);
  return Array.from({ length: count }, (_, i) => ({
    name: nameAt(source, names, readNumber(bytes, i * step, sizes.offsetBytes)),
    address: readNumber(bytes, i * step + sizes.offsetBytes, sizes.offsetBytes),
  }));
}

async function readHeap(source: WindowedSource, sizes: Hdf5Sizes, address: number): Promise<Buffer> {
  const { lengthBytes, offsetBytes } = sizes;
  const head = await take(source, address, 8 + 2 * lengthBytes + offsetBytes);
  if (head.toString("latin1", 0, 4) !== "HEAP") throw invalid(source, address, "expected a heap of names");
  const size = readNumber(head, 8, lengthBytes);
  if (size > MAX_HEAP_BYTES) throw invalid(source, address, `a heap of ${size} bytes is too large`);
  return take(source, readNumber(head, 8 + 2 * lengthBytes, offsetBytes), size);
}

function nameAt(source: WindowedSource, names: Buffer, offset: number): string {
  const end = names.indexOf(0, Math.min(offset, names.length));
  if (end < 0 || end - offset > MAX_NAME_BYTES) throw invalid(source, offset, "a name has no end");
  return names.toString("utf8", offset, end);
}

/**
 * A link message: version 1, flags, [type if flag 3], [order, 8 bytes, if flag 2], [character set if flag 4],
 * name length (1, 2, 4 or 8 bytes by flags 0-1), name, address. Soft and external links are not followed.
 */
export function compactLink(source: WindowedSource, sizes: Hdf5Sizes, message: Buffer): Hdf5Link | undefined {
  const flags = message[1] ?? 0;
  let at = 2;
  if ((flags & 8) !== 0 && message[at++] !== 0) return undefined;
  if ((flags & 4) !== 0) at += 8;
  if ((flags & 16) !== 0) at += 1;
  const lengthBytes = 1 << (flags & 3);
  const length = readNumber(message, at, lengthBytes);
  const end = at + lengthBytes + length;
  if (length > MAX_NAME_BYTES || end + sizes.offsetBytes > message.length)
    throw invalid(source, 0, "a link is cut off");
  return {
    name: message.toString("utf8", at + lengthBytes, end),
    address: readNumber(message, end, sizes.offsetBytes),
  };
}
