/**
 * Payloads that are being uploaded: one file each, named by root and length, that grows at its end. An upload goes on
 * where its file ends, also after a crash or a restart. One that nobody has touched for a day is removed, at the start and
 * every quarter of an hour; one that nobody has touched for an hour makes room for another when there is none left, so
 * that uploads that were begun and left keep nobody out.
 *
 *   <folder>/<root>.<length>
 */
import { type FileHandle, open, readdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { asDiskError, requireFreeSpace } from "../../chain/store/diskSpace.ts";
import type { Clock } from "../../core/clock.ts";
import { writeFully } from "../../core/durableFile.ts";
import { AiBlockError, errorCode } from "../../core/errors.ts";
import { makeFolder } from "../../core/makeFolder.ts";

export interface PartialLimits {
  /** Uploads at a time. */
  readonly maxUploads: number;
  /** Bytes of all of them, once they are complete. */
  readonly maxBytes: number;
  readonly minFreeBytes: number;
  /** Time between two looks for what can go; default 15 min. */
  readonly sweepMs?: number;
}

export interface Partial {
  readonly path: string;
  readonly totalBytes: number;
  readonly receivedBytes: number;
}

interface Found extends Partial {
  readonly root: string;
  readonly touchedMs: number;
}

const NAME = /^([0-9a-f]{64})\.([1-9][0-9]{0,14}|0)$/;
const UNTOUCHED_MS = 24 * 3_600_000;
const MAKES_ROOM_MS = 3_600_000;
const SWEEP_MS = 15 * 60_000;

export class PartialUploads {
  readonly #folder: string;
  readonly #limits: PartialLimits;
  readonly #clock: Clock;
  /** Paths that are being written to. */
  readonly #open = new Set<string>();
  readonly #timer: NodeJS.Timeout;
  #sweeping: Promise<void> | undefined;
  /** The last upload that began: two at a time would both take the last place. */
  #beginning: Promise<unknown> = Promise.resolve();

  private constructor(folder: string, limits: PartialLimits, clock: Clock) {
    this.#folder = folder;
    this.#limits = limits;
    this.#clock = clock;
    // What cannot be removed now is tried again; a request that needs the room says what is wrong.
    this.#timer = setInterval(() => void this.sweep().catch(() => undefined), limits.sweepMs ?? SWEEP_MS);
    this.#timer.unref();
  }

  /** Makes the folder if needed, and removes old uploads, what else is there, and what is over the limits. */
  static async open(folder: string, limits: PartialLimits, clock: Clock): Promise<PartialUploads> {
    await makeFolder(folder);
    for (const name of await readdir(folder)) {
      if (!NAME.test(name)) await rm(join(folder, name), { recursive: true, force: true });
    }
    const uploads = new PartialUploads(folder, limits, clock);
    await uploads.sweep();
    return uploads;
  }

  /** Removes what nobody has touched for a day, and of what is over the limits the part that was left longest ago. */
  sweep(): Promise<void> {
    this.#sweeping ??= this.#sweep().finally(() => {
      this.#sweeping = undefined;
    });
    return this.#sweeping;
  }

  /** May be called twice. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#sweeping?.catch(() => undefined);
  }

  /** What is there of a payload; `undefined` when nothing is. */
  async find(root: string): Promise<Partial | undefined> {
    return (await this.#all()).get(root);
  }

  /** A new upload, or the one that is there. Throws `conflict` for another length, `over_quota`, `disk_full`. */
  begin(root: string, totalBytes: number): Promise<Partial> {
    const begun = this.#beginning.then(() => this.#begin(root, totalBytes));
    this.#beginning = begun.catch(() => undefined);
    return begun;
  }

  async #begin(root: string, totalBytes: number): Promise<Partial> {
    const all = await this.#all();
    const known = all.get(root);
    if (known !== undefined) {
      if (known.totalBytes === totalBytes) return this.#touched(known);
      throw new AiBlockError("conflict", `upload-length: expected ${known.totalBytes} as before, got ${totalBytes}`, {
        param: "upload-length",
      });
    }
    const { maxUploads, maxBytes, minFreeBytes } = this.#limits;
    const left = await this.#makeRoom([...all.values()], 1, totalBytes, MAKES_ROOM_MS);
    if (left.length >= maxUploads || totalOf(left) + totalBytes > maxBytes) {
      throw new AiBlockError("over_quota", `uploads: expected at most ${maxUploads} with ${maxBytes} bytes at a time`);
    }
    const missing = left.reduce((sum, upload) => sum + upload.totalBytes - upload.receivedBytes, 0);
    // A whole payload is copied to its place before it goes from here.
    const longest = Math.max(totalBytes, ...left.map((upload) => upload.totalBytes));
    await requireFreeSpace(this.#folder, missing + totalBytes + longest, minFreeBytes);
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
    this.#open.add(upload.path);
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
      this.#open.delete(upload.path);
    }
  }

  async remove({ path }: Partial): Promise<void> {
    await rm(path, { force: true });
  }

  /** One that goes on makes room for nobody. */
  async #touched(upload: Found): Promise<Partial> {
    const seconds = this.#clock.nowMs() / 1000;
    await utimes(upload.path, seconds, seconds);
    return upload;
  }

  async #sweep(): Promise<void> {
    const now = this.#clock.nowMs();
    const left: Found[] = [];
    for (const upload of (await this.#all()).values()) {
      if (upload.touchedMs < now - UNTOUCHED_MS && !this.#open.has(upload.path)) await this.remove(upload);
      else left.push(upload);
    }
    await this.#makeRoom(left, 0, 0, 0);
  }

  /**
   * Removes uploads that nobody has touched for `idleMs`, the one that was left longest ago first, until `count` more with
   * `bytes` fit. Returns those that are left.
   */
  async #makeRoom(all: readonly Found[], count: number, bytes: number, idleMs: number): Promise<Found[]> {
    const { maxUploads, maxBytes } = this.#limits;
    const newestFirst = all.toSorted((a, b) => b.touchedMs - a.touchedMs);
    const kept: Found[] = [];
    while (newestFirst.length > 0) {
      const left = [...kept, ...newestFirst];
      if (left.length + count <= maxUploads && totalOf(left) + bytes <= maxBytes) return left;
      const oldest = newestFirst.pop() as Found;
      const isLeft = oldest.touchedMs <= this.#clock.nowMs() - idleMs && !this.#open.has(oldest.path);
      if (isLeft) await this.remove(oldest);
      else kept.push(oldest);
    }
    return kept;
  }

  async #all(): Promise<Map<string, Found>> {
    const found = new Map<string, Found>();
    for (const name of await readdir(this.#folder)) {
      const [, root, total] = NAME.exec(name) ?? [];
      if (root === undefined) continue;
      const path = join(this.#folder, name);
      const facts = await stat(path).catch((error: unknown) => {
        // Removed since the folder was read.
        if (errorCode(error) === "ENOENT") return undefined;
        throw error;
      });
      if (facts === undefined) continue;
      const { size, mtimeMs } = facts;
      found.set(root, { root, path, totalBytes: Number(total), receivedBytes: size, touchedMs: mtimeMs });
    }
    return found;
  }
}

function totalOf(uploads: readonly Found[]): number {
  return uploads.reduce((sum, { totalBytes }) => sum + totalBytes, 0);
}
