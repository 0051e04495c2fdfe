/**
 * One shard's share of a slot in a file, as the graphs take it: matrices in the engine's precision, the rest in float32.
 * onnxruntime maps the matrices from the file, so a slot that was prepared once is loaded without reading or converting.
 *
 * Layout, little-endian: magic (8 bytes), header length (u32), 4 zero bytes, header (JSON), then each array at a
 * multiple of 4096. The header lists every array with its place, and the file's length, so that a cut file is noticed.
 */
import { closeSync, fstatSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from "node:fs";
import { basename, dirname } from "node:path";
import { temporaryPath } from "../../core/durableFile.ts";
import { AiBlockError } from "../../core/errors.ts";
import type { BytesInFile } from "../graph/graph.ts";
import type { QuantisedBits, QuantisedMatrix } from "./quantise.ts";
import type { Weights } from "./weights.ts";

const MAGIC = Buffer.from("aiblkpr1", "latin1");
const PREFIX_BYTES = 16;
const MAX_HEADER_BYTES = 1 << 20;
const PAGE_BYTES = 4096;

/** Bits of an element; 32 is float32. */
export type StoredBits = QuantisedBits | 32;

interface FloatMatrix {
  readonly bits: 32;
  readonly outputs: number;
  readonly inputs: number;
  /** [outputs][inputs] */
  readonly data: Float32Array;
}

export type MatrixToStore = QuantisedMatrix | FloatMatrix;

type InFile<M extends MatrixToStore> = { readonly [K in keyof M]: K extends "data" | "scales" ? BytesInFile : M[K] };

/** A matrix whose bytes lie in a prepared file. */
export type StoredMatrix = InFile<QuantisedMatrix> | InFile<FloatMatrix>;

export interface PreparedShare {
  /** What stays float32. */
  readonly weights: Weights;
  readonly matrices: ReadonlyMap<string, StoredMatrix>;
}

interface Header {
  readonly fileBytes: number;
  readonly weights: readonly { name: string; shape: readonly number[]; byteOffset: number; byteLength: number }[];
  readonly matrices: readonly (readonly [name: string, StoredMatrix])[];
}

/**
 * Writes the file whole or not at all; returns its length in bytes. Blocks this thread.
 * @param workFolder where it is written before it gets its name; in the same file system
 */
export function writePreparedFile(
  path: string,
  weights: Weights,
  matrices: ReadonlyMap<string, MatrixToStore>,
  workFolder = dirname(path),
): number {
  const arrays: Uint8Array[] = [];
  const sizes: number[] = [];
  const add = ({ buffer, byteOffset, byteLength }: Float32Array | Uint8Array): number => {
    arrays.push(new Uint8Array(buffer, byteOffset, byteLength));
    return sizes.push(byteLength) - 1;
  };
  const floats = [...weights].map(([name, { data, shape }]) => ({ name, shape, array: add(data) }));
  const stored = [...matrices].map(([name, matrix]) => ({
    name,
    matrix,
    data: add(matrix.data),
    scales: matrix.bits === 32 ? -1 : add(matrix.scales),
  }));
  // The header's length depends on the offsets in it: reserve more than any offsets can need.
  const names = [...weights.keys(), ...matrices.keys()].join().length + basename(path).length * sizes.length;
  const first = pages(PREFIX_BYTES + 512 + 256 * sizes.length + 2 * names);
  const offsets: number[] = [];
  let end = first;
  for (const size of sizes) {
    offsets.push(end);
    end = pages(end + size);
  }
  const place = (array: number): readonly [number, number] => [offsets[array] as number, sizes[array] as number];
  const file = basename(path);
  const inFile = (array: number): BytesInFile => {
    const [byteOffset, byteLength] = place(array);
    return { file, byteOffset, byteLength };
  };
  const header: Header = {
    fileBytes: end,
    weights: floats.map(({ name, shape, array }) => {
      const [byteOffset, byteLength] = place(array);
      return { name, shape, byteOffset, byteLength };
    }),
    matrices: stored.map(({ name, matrix, data, scales }) => {
      return [
        name,
        matrix.bits === 32
          ? { ...matrix, data: inFile(data) }
          : { ...matrix, data: inFile(data), scales: inFile(scales) },
      ];
    }),
  };
  writeWhole(path, header, first, offsets, arrays, workFolder);
  return end;
}

function writeWhole(
  path: string,
  header: Header,
  first: number,
  offsets: number[],
  arrays: Uint8Array[],
  workFolder: string,
): void {
  const text = Buffer.from(JSON.stringify(header), "utf8");
  const head = Buffer.alloc(first);
  MAGIC.copy(head);
  head.writeUInt32LE(text.length, MAGIC.length);
  text.copy(head, PREFIX_BYTES);
  const temporary = temporaryPath(workFolder);
  const file = openSync(temporary, "wx", 0o644);
  try {
    try {
      writeAt(file, head, 0);
      for (const [i, array] of arrays.entries()) writeAt(file, array, offsets[i] as number);
      const written = (offsets.at(-1) ?? first) + (arrays.at(-1)?.length ?? 0);
      if (written < header.fileBytes) writeAt(file, Buffer.alloc(header.fileBytes - written), written);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/**
 * Reads the header and the float32 arrays. Blocks this thread for the moment that takes.
 * Throws `prepared_file_damaged` when the file is not whole, and Node's errors (`ENOENT`).
 */
export function readPreparedFile(path: string): PreparedShare {
  const name = basename(path);
  const file = openSync(path, "r");
  try {
    const prefix = readAt(file, 0, PREFIX_BYTES, name);
    const length = prefix.readUInt32LE(MAGIC.length);
    if (!prefix.subarray(0, MAGIC.length).equals(MAGIC) || length > MAX_HEADER_BYTES) throw damaged(name);
    const header = parseHeader(readAt(file, PREFIX_BYTES, length, name), name);
    if (fstatSync(file).size !== header.fileBytes) throw damaged(name);
    return {
      weights: new Map(
        header.weights.map(({ name: weight, shape, byteOffset, byteLength }) => {
          const { buffer } = readAt(file, byteOffset, byteLength, name);
          return [weight, { data: new Float32Array(buffer, 0, byteLength / 4), shape }];
        }),
      ),
      matrices: new Map(header.matrices),
    };
  } finally {
    closeSync(file);
  }
}

/** The file is ours, but a disk can lose things: what does not parse is prepared anew by the caller. */
function parseHeader(bytes: Buffer, name: string): Header {
  try {
    return JSON.parse(bytes.toString("utf8")) as Header;
  } catch (cause) {
    throw damaged(name, cause);
  }
}

function readAt(file: number, position: number, length: number, name: string): Buffer<ArrayBuffer> {
  const out = Buffer.from(new ArrayBuffer(length));
  for (let done = 0; done < length; ) {
    const count = readSync(file, out, done, length - done, position + done);
    if (count === 0) throw damaged(name);
    done += count;
  }
  return out;
}

function writeAt(file: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(file, bytes, done, bytes.length - done, position + done);
  }
}

function damaged(name: string, cause?: unknown): AiBlockError {
  return new AiBlockError("prepared_file_damaged", `${name}: expected a whole prepared file`, { name }, { cause });
}

function pages(bytes: number): number {
  return Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
}
