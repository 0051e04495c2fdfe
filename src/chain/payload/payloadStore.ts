/**
 * Payloads: large contents as files named by their root, beside the chain's database.
 *
 *   <folder>/<first two hex digits>/<root>          the bytes, as anyone can open them
 *   <folder>/<first two hex digits>/<root>.chunks   the chunk list whose hash is the root
 *
 * A payload is written to a temporary name, synced, and renamed after its chunk list; so a file under its root is whole.
 * The file system is the only record of what is present: there is no second one to disagree with it.
 */
import { open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { bytesEqual, isHashHex, toHex } from "../../core/bytes.ts";
import { syncFolder, TEMP_PREFIX, temporaryPath, writeFully } from "../../core/durableFile.ts";
import { AiBlockError, errorCode } from "../../core/errors.ts";
import { sha256 } from "../../core/hash.ts";
import { makeFolder } from "../../core/makeFolder.ts";
import { commitPoint } from "../store/commitPoints.ts";
import { asDiskError, DEFAULT_MIN_FREE_BYTES, requireFreeSpace } from "../store/diskSpace.ts";
import { ChunkHasher, encodeChunkList } from "./chunkList.ts";
import { openPayload, type PayloadReader } from "./payloadReader.ts";

export interface PutOptions {
  /** Fails with `payload_root_mismatch`, storing nothing, when the bytes have another root. */
  readonly expectedRoot?: Uint8Array;
  /** For the check of free space before the first byte; default 0. */
  readonly expectedBytes?: number;
  readonly signal?: AbortSignal;
}

export interface StoredPayload {
  readonly root: Uint8Array;
  readonly bytes: number;
}

export type ByteSource = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export class PayloadStore {
  readonly folder: string;
  readonly #minFreeBytes: number;

  private constructor(folder: string, minFreeBytes: number) {
    this.folder = folder;
    this.#minFreeBytes = minFreeBytes;
  }

  /** Creates the folder if needed and removes temporary files that a killed process left. */
  static async open(folder: string, minFreeBytes = DEFAULT_MIN_FREE_BYTES): Promise<PayloadStore> {
    await makeFolder(folder);
    for (const entry of await readdir(folder)) {
      if (entry.startsWith(TEMP_PREFIX)) await rm(join(folder, entry), { force: true });
    }
    return new PayloadStore(folder, minFreeBytes);
  }

  /** Where the payload's bytes are, whether or not they are there. Throws `bad_hash` for a root that is no hash. */
  path(root: Uint8Array): string {
    const rootHex = toHex(root);
    if (!isHashHex(rootHex)) throw new AiBlockError("bad_hash", `root: expected 32 bytes, got ${root.length}`);
    return join(this.folder, rootHex.slice(0, 2), rootHex);
  }

  async has(root: Uint8Array): Promise<boolean> {
    return (await fileSize(this.path(root))) !== undefined;
  }

  /**
   * Stores the bytes of `source`, durably once the promise resolves. Throws `disk_full`, `payload_too_large`,
   * `payload_root_mismatch`, or the signal's reason; then nothing is left behind.
   */
  async put(source: ByteSource, options: PutOptions = {}): Promise<StoredPayload> {
    await requireFreeSpace(this.folder, options.expectedBytes ?? 0, this.#minFreeBytes);
    const temporary = temporaryPath(this.folder);
    const temporaryList = temporaryPath(this.folder);
    try {
      const list = await writeHashed(source, temporary, options.signal);
      const encoded = encodeChunkList(list);
      const root = sha256(encoded);
      const { expectedRoot } = options;
      if (expectedRoot !== undefined && !bytesEqual(root, expectedRoot)) {
        throw new AiBlockError(
          "payload_root_mismatch",
          `payload: expected root ${toHex(expectedRoot)}, the bytes have root ${toHex(root)}`,
        );
      }
      await writeSynced(temporaryList, encoded);
      commitPoint("payload:synced");
      const path = this.path(root);
      await makeFolder(dirname(path));
      await rename(temporaryList, `${path}.chunks`);
      commitPoint("payload:list-renamed");
      await rename(temporary, path);
      commitPoint("payload:renamed");
      await syncFolder(dirname(path));
      await syncFolder(this.folder);
      return { root, bytes: list.bytes };
    } catch (error) {
      await rm(temporary, { force: true });
      await rm(temporaryList, { force: true });
      throw asDiskError(error, this.folder);
    }
  }

  /** Opens a payload for verified reading. Throws `payload_missing` or `payload_corrupt`. */
  open(root: Uint8Array): Promise<PayloadReader> {
    return openPayload(this.path(root), root);
  }

  /** All bytes, verified. Throws `payload_missing`, `payload_corrupt`, or `payload_too_large` above `maxBytes`. */
  async readAll(root: Uint8Array, maxBytes: number): Promise<Uint8Array> {
    const reader = await this.open(root);
    try {
      if (reader.bytes > maxBytes) {
        throw new AiBlockError("payload_too_large", `payload: expected at most ${maxBytes} bytes, got ${reader.bytes}`);
      }
      return await reader.read(0, reader.bytes);
    } finally {
      await reader.close();
    }
  }

  /** The roots of all payloads present, in hex, in no particular order. */
  async *roots(): AsyncGenerator<string> {
    for (const shard of await readdir(this.folder)) {
      if (!/^[0-9a-f]{2}$/.test(shard)) continue;
      for (const name of await readdir(join(this.folder, shard))) {
        if (isHashHex(name)) yield name;
      }
    }
  }

  /** Moves a payload out of the way (to `quarantine/`), so that it counts as missing and can be fetched again. */
  async quarantine(root: Uint8Array): Promise<void> {
    const path = this.path(root);
    const folder = join(this.folder, "quarantine");
    await makeFolder(folder);
    for (const suffix of ["", ".chunks"]) {
      try {
        await rename(`${path}${suffix}`, join(folder, `${toHex(root)}${suffix}`));
      } catch (error) {
        if (errorCode(error) !== "ENOENT") throw error;
      }
    }
    await syncFolder(dirname(path));
  }

  /** Removes a payload that nothing needs any more. */
  async remove(root: Uint8Array): Promise<void> {
    const path = this.path(root);
    await rm(path, { force: true });
    await rm(`${path}.chunks`, { force: true });
  }
}

/** Writes and hashes at the same time: one piece is written by the thread pool while the same piece is hashed here. */
async function writeHashed(source: ByteSource, path: string, signal: AbortSignal | undefined) {
  const hasher = new ChunkHasher();
  const handle = await open(path, "wx");
  try {
    for await (const piece of source) {
      signal?.throwIfAborted();
      const writing = writeFully(handle, piece);
      try {
        hasher.update(piece);
      } finally {
        await writing;
      }
      commitPoint("payload:writing");
    }
    const list = hasher.finish();
    await handle.sync();
    return list;
  } finally {
    await handle.close();
  }
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(path, "wx");
  try {
    await writeFully(handle, bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function fileSize(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
