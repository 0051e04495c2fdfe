/**
 * What an HDF5 file says about a model: the shapes of its datasets and the attributes of its root group. Data is never
 * read. Groups are followed through symbol tables (the usual layout) and compact links; a group stored in the dense
 * layout is skipped, and `complete` says so.
 */
import type { ByteSource } from "../byteSource.ts";
import { formatError } from "../errors.ts";
import { MAX_DIMENSIONS, MAX_TENSORS } from "../limits.ts";
import { WindowedSource } from "../windowedSource.ts";
import { readAttribute } from "./attribute.ts";
import { compactLink, type Hdf5Link, symbolTableLinks } from "./links.ts";
import { type Hdf5Message, type Hdf5Sizes, invalid, readNumber, readObjectHeader, take } from "./objectHeader.ts";

export const HDF5_SIGNATURE: Uint8Array = Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a);

const DATASPACE = 0x01;
const LINK_INFO = 0x02;
const DATATYPE = 0x03;
const LINK = 0x06;
const ATTRIBUTE = 0x0c;
const SYMBOL_TABLE = 0x11;
const FLOATING_POINT = 1;
const MAX_OBJECTS = 100_000;
const MAX_PATH_CHARS = 2048;

export interface Hdf5Dataset {
  /** Path from the root, with "/" between. */
  readonly path: string;
  readonly shape: readonly number[];
  readonly floating: boolean;
  /** Bytes of one element. */
  readonly elementBytes: number;
}

export interface Hdf5Model {
  readonly superblockVersion: number;
  readonly datasets: readonly Hdf5Dataset[];
  /** Text attributes of the root group, such as `keras_version` and `model_config`. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly complete: boolean;
}

/** Throws `format_unknown` without the signature, `header_invalid`, `file_truncated`, `too_many_entries`. */
export async function readHdf5Model(file: ByteSource, signal?: AbortSignal): Promise<Hdf5Model> {
  const source = new WindowedSource(file, signal);
  const { version, sizes, root } = await readSuperblock(source);
  const datasets: Hdf5Dataset[] = [];
  const attributes = new Map<string, string>();
  const seen = new Set([root]);
  const queue: Hdf5Link[] = [{ name: "", address: root }];
  let complete = true;
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    signal?.throwIfAborted();
    const messages = await readObjectHeader(source, sizes, next.address);
    const dataset = describeDataset(next.name, messages, sizes);
    if (dataset !== undefined) {
      datasets.push(dataset);
      if (datasets.length > MAX_TENSORS) throw tooMany(source);
      continue;
    }
    if (next.address === root) await readAttributes(source, sizes, messages, attributes);
    const links = await readLinks(source, sizes, messages);
    complete &&= links.length > 0 || !messages.some(({ type }) => type === LINK_INFO);
    for (const link of links) {
      const path = `${next.name}/${link.name}`;
      if (seen.has(link.address) || path.length > MAX_PATH_CHARS) continue;
      seen.add(link.address);
      if (seen.size > MAX_OBJECTS) throw tooMany(source);
      queue.push({ name: path, address: link.address });
    }
  }
  return { superblockVersion: version, datasets, attributes, complete };
}

/** Versions 0 and 1 hold the root group as a symbol table entry, 2 and 3 its address. */
async function readSuperblock(source: WindowedSource): Promise<{ version: number; sizes: Hdf5Sizes; root: number }> {
  const start = await take(source, 0, 16);
  if (Buffer.compare(start.subarray(0, 8), HDF5_SIGNATURE) !== 0) {
    throw formatError("format_unknown", `${source.name}: is no HDF5 file`);
  }
  const version = start[8]!;
  const [offsetBytes, lengthBytes] = version < 2 ? [start[13]!, start[14]!] : [start[9]!, start[10]!];
  const plausible = [2, 4, 8].includes(offsetBytes) && [2, 4, 8].includes(lengthBytes);
  if (version > 3 || !plausible) throw invalid(source, 8, `superblock version ${version} is not known`);
  const sizes = { offsetBytes, lengthBytes };
  // After four addresses comes the root's entry: name offset, then the address of its header.
  const at = version < 2 ? (version === 0 ? 24 : 28) + 5 * offsetBytes : 12 + 3 * offsetBytes;
  return { version, sizes, root: readNumber(await take(source, at, offsetBytes), 0, offsetBytes) };
}

function describeDataset(path: string, messages: readonly Hdf5Message[], sizes: Hdf5Sizes): Hdf5Dataset | undefined {
  const space = messages.find(({ type }) => type === DATASPACE)?.data;
  const datatype = messages.find(({ type }) => type === DATATYPE)?.data;
  if (space === undefined || datatype === undefined || datatype.length < 8 || space.length < 4) return undefined;
  const rank = Math.min(space[1]!, MAX_DIMENSIONS);
  const start = space[0] === 1 ? 8 : 4;
  const shape = Array.from({ length: rank }, (_, i) =>
    readNumber(space, start + i * sizes.lengthBytes, sizes.lengthBytes),
  );
  return { path, shape, floating: (datatype[0]! & 15) === FLOATING_POINT, elementBytes: datatype.readUInt32LE(4) };
}

async function readLinks(
  source: WindowedSource,
  sizes: Hdf5Sizes,
  messages: readonly Hdf5Message[],
): Promise<Hdf5Link[]> {
  const links: Hdf5Link[] = [];
  for (const { type, data } of messages) {
    if (type === SYMBOL_TABLE) links.push(...(await symbolTableLinks(source, sizes, data)));
    if (type === LINK) {
      const link = compactLink(source, sizes, data);
      if (link !== undefined) links.push(link);
    }
  }
  return links;
}

async function readAttributes(
  source: WindowedSource,
  sizes: Hdf5Sizes,
  messages: readonly Hdf5Message[],
  into: Map<string, string>,
): Promise<void> {
  for (const { type, data } of messages) {
    if (type !== ATTRIBUTE) continue;
    const attribute = await readAttribute(source, sizes, data);
    if (attribute !== undefined) into.set(attribute.name, attribute.text);
  }
}

function tooMany(source: WindowedSource): Error {
  return formatError("too_many_entries", `${source.name}: HDF5: expected at most ${MAX_OBJECTS} objects`);
}
