/**
 * Payloads that are being uploaded: one file each, named by root and length, that grows at its end. An upload goes on
 * where its file ends, also after a crash or a restart; one that nobody has touched for a day is removed.
 *
 *   <folder>/<root>.<length>
 */
import { type FileHandle, mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { asDiskError, requireFreeSpace } from "../../chain/store/diskSpace.ts";
import type { Clock } from "../../core/clock.ts";
import { writeFully } from "../../core/durableFile.ts";
import { AiBlockError } from "../../core/errors.ts";

export interface PartialLimits {
  /** Uploads at a time. */
  readonly maxUploads: number;
  /** Bytes of all of them, once they are complete. */
  readonly maxBytes: number;
  readonly minFreeBytes: number;
}

export interface Partial {
  readonly path: string;
  readonly totalBytes: number;
  readonly receivedBytes: number;
}

const NAME = /^([0-9a-f]{64})\.([1-9][0-9]{0,14}|0)$/;
const UNTOUCHED_MS = 24 * 3_600_000;

export class PartialUploads {
  readonly #folder: string;
  readonly #limits: PartialLimits;

  private constructor(folder: string, limits: PartialLimits) {
    this.#folder = folder;
    this.#limits = limits;
  }

  /** Makes the folder if needed and removes old uploads. */
  static async open(folder: string, limits: PartialLimits, clock: Clock): Promise<PartialUploads> {
    await mkdir(folder, { recursive: true });
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      const { mtimeMs } = await stat(path);
      if (!NAME.test(name) || mtimeMs < clock.nowMs() - UNTOUCHED_MS) await rm(path, { recursive: true, force: true });
    }
    return new PartialUploads(folder, limits);
  }

  /** What is there of a payload; `undefined` when nothing is. */
  async find(root: string): Promise<Partial | undefined> {
    return (await this.#all()).get(root);
  }

  /** A new upload, or the one that is there. Throws `conflict` for another length, `over_quota`, `disk_full`. */
  async begin(root: string, totalBytes: number): Promise<Partial> {
    const all = await this.#all();
    const known = all.get(root);
    if (known !== undefined) {
      if (known.totalBytes === totalBytes) return known;
      throw new AiBlockError("conflict", `totalBytes: expected ${known.totalBytes} as before, got ${totalBytes}`);
    }
    const { maxUploads, maxBytes, minFreeBytes } = this.#limits;
    let announced = totalBytes;
    let missing = totalBytes;
    for (const upload of all.values()) {
      announced += upload.totalBytes;
      missing += upload.totalBytes - upload.receivedBytes;
    }
    if (all.size >= maxUploads || announced > maxBytes) {
      throw new AiBlockError("over_quota", `uploads: expected at most ${maxUploads} with ${maxBytes} bytes at a time`);
    }
    // A payload is written twice: here, and in its place.
    await requireFreeSpace(this.#folder, missing + totalBytes, minFreeBytes);
    const path = join(this.#folder, `${root}.${totalBytes}`);
    await (await open(path, "a")).close();
    return { path, totalBytes, receivedBytes: 0 };
  }

  /**
   * Appends pieces; what came before an error stays. Returns the new length. Throws `payload_too_large` for more than
   * was announced, `disk_full`.
   */
  async append(upload: Partial, bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<number> {
    let handle: FileHandle | undefined;
    let length = upload.receivedBytes;
    try {
      handle = await open(upload.path, "a");
      for await (const piece of bytes) {
        signal.throwIfAborted();
        if (length + piece.length > upload.totalBytes) {
          throw new AiBlockError("payload_too_large", `bytes: expected at most ${upload.totalBytes} in all, got more`);
        }
        await writeFully(handle, piece);
        length += piece.length;
      }
      await handle.sync();
      return length;
    } catch (error) {
      throw asDiskError(error, this.#folder);
    } finally {
      await handle?.close();
    }
  }

  async remove({ path }: Partial): Promise<void> {
    await rm(path, { force: true });
  }

  async #all(): Promise<Map<string, Partial>> {
    const found = new Map<string, Partial>();
    for (const name of await readdir(this.#folder)) {
      const [, root, total] = NAME.exec(name) ?? [];
      if (root === undefined) continue;
      const path = join(this.#folder, name);
      found.set(root, { path, totalBytes: Number(total), receivedBytes: (await stat(path)).size });
    }
    return found;
  }
}
