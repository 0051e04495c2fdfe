/**
 * Verified reading: no byte of a payload leaves here before the chunk that holds it has matched its hash.
 */
import { constants } from "node:fs";
import { type FileHandle, open, readFile, stat } from "node:fs/promises";
import { bytesEqual, toHex } from "../../core/bytes.ts";
import { AiBlockError, errorCode } from "../../core/errors.ts";
import { sha256 } from "../../core/hash.ts";
import { CHUNK_BYTES } from "../limits.ts";
import {
  type ChunkList,
  chunkCount,
  chunkHash,
  chunkLength,
  decodeChunkList,
  MAX_CHUNK_LIST_BYTES,
} from "./chunkList.ts";

export interface PayloadReader {
  readonly bytes: number;
  readonly chunkList: ChunkList;
  /** Bytes [offset, offset + length), verified, in a buffer that the caller owns. Throws `payload_corrupt`. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** The whole payload in pieces of 1 MiB, each verified. The piece is overwritten when the next one is asked for. */
  pieces(signal?: AbortSignal): AsyncGenerator<Uint8Array>;
  /** May be called twice. */
  close(): Promise<void>;
}

/** Chunks read at once by `pieces`. */
const PIECE_CHUNKS = 4;

/** Throws `payload_missing`, or `payload_corrupt` when the chunk list or the length is wrong. */
export async function openPayload(path: string, root: Uint8Array): Promise<PayloadReader> {
  const chunkList = await readChunkList(path, root);
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  } catch (error) {
    if (errorCode(error) === "ENOENT") throw missing(root);
    if (errorCode(error) === "ELOOP") throw corrupt(root, "is a symbolic link");
    throw error;
  }
  const { size } = await handle.stat();
  if (size !== chunkList.bytes) {
    await handle.close();
    throw corrupt(root, `has ${size} bytes, its chunk list says ${chunkList.bytes}`);
  }
  return new Reader(handle, root, chunkList);
}

class Reader implements PayloadReader {
  readonly bytes: number;
  readonly chunkList: ChunkList;
  readonly #handle: FileHandle;
  readonly #root: Uint8Array;
  #closing: Promise<void> | undefined;

  constructor(handle: FileHandle, root: Uint8Array, chunkList: ChunkList) {
    this.#handle = handle;
    this.#root = root;
    this.chunkList = chunkList;
    this.bytes = chunkList.bytes;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const isRange = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
    if (!isRange || offset + length > this.bytes) {
      throw new AiBlockError(
        "read_out_of_range",
        `read: expected a range inside ${this.bytes} bytes, got ${offset} + ${length}`,
      );
    }
    if (length === 0) return new Uint8Array(0);
    const first = Math.floor(offset / CHUNK_BYTES);
    const last = Math.floor((offset + length - 1) / CHUNK_BYTES);
    const whole = new Uint8Array(Math.min(this.bytes, (last + 1) * CHUNK_BYTES) - first * CHUNK_BYTES);
    await this.#readRaw(first, whole);
    this.#verify(first, whole);
    const start = offset - first * CHUNK_BYTES;
    return start === 0 && length === whole.length ? whole : whole.slice(start, start + length);
  }

  async *pieces(signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const count = chunkCount(this.bytes);
    // Two buffers: the next piece is read while the caller works on this one.
    const buffers = [0, 1].map(() => new Uint8Array(Math.min(this.bytes, PIECE_CHUNKS * CHUNK_BYTES)));
    const start = (first: number, turn: number): Promise<Uint8Array> | undefined => {
      if (first >= count) return undefined;
      const last = Math.min(first + PIECE_CHUNKS, count) - 1;
      const length = Math.min(this.bytes, (last + 1) * CHUNK_BYTES) - first * CHUNK_BYTES;
      const buffer = (buffers[turn] as Uint8Array).subarray(0, length);
      const reading = this.#readRaw(first, buffer).then(() => buffer);
      reading.catch(() => undefined); // Awaited on the next turn, or dropped with the generator.
      return reading;
    };
    let next = start(0, 0);
    for (let first = 0; first < count; first += PIECE_CHUNKS) {
      signal?.throwIfAborted();
      const piece = (await next) as Uint8Array;
      next = start(first + PIECE_CHUNKS, (first / PIECE_CHUNKS + 1) % 2);
      this.#verify(first, piece);
      yield piece;
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#handle.close();
    return this.#closing;
  }

  async #readRaw(firstChunk: number, into: Uint8Array): Promise<void> {
    let at = 0;
    while (at < into.length) {
      const { bytesRead } = await this.#handle.read(into, at, into.length - at, firstChunk * CHUNK_BYTES + at);
      if (bytesRead === 0) throw corrupt(this.#root, `ends after ${firstChunk * CHUNK_BYTES + at} bytes`);
      at += bytesRead;
    }
  }

  #verify(firstChunk: number, bytes: Uint8Array): void {
    for (let at = 0, chunk = firstChunk; at < bytes.length; chunk++) {
      const length = chunkLength(this.chunkList, chunk);
      if (!bytesEqual(sha256(bytes.subarray(at, at + length)), chunkHash(this.chunkList, chunk))) {
        throw corrupt(this.#root, `chunk ${chunk} does not match its hash`, chunk);
      }
      at += length;
    }
  }
}

async function readChunkList(path: string, root: Uint8Array): Promise<ChunkList> {
  const listPath = `${path}.chunks`;
  let encoded: Uint8Array;
  try {
    const { size } = await stat(listPath);
    if (size > MAX_CHUNK_LIST_BYTES) throw corrupt(root, `its chunk list has ${size} bytes`);
    encoded = await readFile(listPath);
  } catch (error) {
    if (errorCode(error) === "ENOENT") throw missing(root);
    throw error;
  }
  if (!bytesEqual(sha256(encoded), root)) throw corrupt(root, "its chunk list does not match the root");
  return decodeChunkList(encoded);
}

function missing(root: Uint8Array): AiBlockError {
  return new AiBlockError("payload_missing", `payload ${toHex(root)}: not stored here`, { rootHex: toHex(root) });
}

function corrupt(root: Uint8Array, what: string, chunk?: number): AiBlockError {
  return new AiBlockError("payload_corrupt", `payload ${toHex(root)}: ${what}`, { rootHex: toHex(root), chunk });
}
