/**
 * Payloads that are being uploaded: one file each (partialFiles.ts), which grows at its end. An upload goes on where its
 * file ends, also after a crash or a restart. One that nobody has touched for a day is removed, at the start and every
 * quarter of an hour. When there is no room for another one, those that were begun and left make some: after an hour for
 * everybody, after ten minutes for the caller who began them, so that they keep nobody out.
 */
import { type FileHandle, open, rm, utimes } from "node:fs/promises";
import { asDiskError, requireFreeSpace } from "../../chain/store/diskSpace.ts";
import type { Clock } from "../../core/clock.ts";
import { writeFully } from "../../core/durableFile.ts";
import { AiBlockError } from "../../core/errors.ts";
import { makeFolder } from "../../core/makeFolder.ts";
import { listPartials, ownerOf, type PartialFile, partialPath, removeOthers } from "./partialFiles.ts";

export interface PartialLimits {
  /** Uploads at a time. */
  readonly maxUploads: number;
  /** Of these, those that one caller has begun. */
  readonly maxUploadsOfCaller: number;
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

const UNTOUCHED_MS = 24 * 3_600_000;
const MAKES_ROOM_MS = 3_600_000;
const MAKES_ROOM_FOR_OWNER_MS = 10 * 60_000;
/** One of those that are in the way may be complete at any moment. */
const MAX_RETRY_AFTER_MS = 60_000;
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
    await removeOthers(folder);
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

  /**
   * A new upload of `caller`, or the one that is there, whoever began it. Throws `conflict` for another length,
   * `too_many_uploads`, `over_quota`, `disk_full`.
   */
  begin(root: string, totalBytes: number, caller: string): Promise<Partial> {
    const begun = this.#beginning.then(() => this.#begin(root, totalBytes, caller));
    this.#beginning = begun.catch(() => undefined);
    return begun;
  }

  async #begin(root: string, totalBytes: number, caller: string): Promise<Partial> {
    const all = await this.#all();
    const known = all.get(root);
    if (known !== undefined) {
      if (known.totalBytes === totalBytes) return this.#touched(known);
      throw new AiBlockError("conflict", `upload-length: expected ${known.totalBytes} as before, got ${totalBytes}`, {
        param: "upload-length",
      });
    }
    const { maxUploads, maxBytes, minFreeBytes } = this.#limits;
    const owner = ownerOf(caller);
    await this.#makeRoomFor(owner, all);
    const fits = (left: readonly PartialFile[]): boolean =>
      left.length < maxUploads && totalOf(left) + totalBytes <= maxBytes;
    const left = await this.#makeRoom([...all.values()], fits, MAKES_ROOM_MS);
    if (!fits(left)) {
      const message = `uploads: expected at most ${maxUploads} with ${maxBytes} bytes at a time, got another one`;
      throw new AiBlockError("over_quota", message, { retryAfterMs: this.#roomAfterMs(left, MAKES_ROOM_MS) });
    }
    const missing = left.reduce((sum, upload) => sum + upload.totalBytes - upload.receivedBytes, 0);
    // A whole payload is copied to its place before it goes from here.
    const longest = Math.max(totalBytes, ...left.map((upload) => upload.totalBytes));
    await requireFreeSpace(this.#folder, missing + totalBytes + longest, minFreeBytes);
    const path = partialPath(this.#folder, root, totalBytes, owner);
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
  async #touched(upload: PartialFile): Promise<Partial> {
    const seconds = this.#clock.nowMs() / 1000;
    await utimes(upload.path, seconds, seconds);
    return upload;
  }

  async #sweep(): Promise<void> {
    const now = this.#clock.nowMs();
    const left: PartialFile[] = [];
    for (const upload of (await this.#all()).values()) {
      if (upload.touchedMs < now - UNTOUCHED_MS && !this.#open.has(upload.path)) await this.remove(upload);
      else left.push(upload);
    }
    const { maxUploads, maxBytes } = this.#limits;
    await this.#makeRoom(left, (kept) => kept.length <= maxUploads && totalOf(kept) <= maxBytes, 0);
  }

  /** Lets `owner` begin another one; what is removed for it goes from `all` too. Throws `too_many_uploads`. */
  async #makeRoomFor(owner: string, all: Map<string, PartialFile>): Promise<void> {
    const { maxUploadsOfCaller } = this.#limits;
    const fits = (left: readonly PartialFile[]): boolean => left.length < maxUploadsOfCaller;
    const own = [...all.values()].filter((upload) => upload.owner === owner);
    const left = await this.#makeRoom(own, fits, MAKES_ROOM_FOR_OWNER_MS);
    if (!fits(left)) {
      const message = `uploads: expected at most ${maxUploadsOfCaller} unfinished ones of one caller, got another one`;
      const retryAfterMs = this.#roomAfterMs(left, MAKES_ROOM_FOR_OWNER_MS);
      throw new AiBlockError("too_many_uploads", message, { limit: maxUploadsOfCaller, retryAfterMs });
    }
    for (const upload of own) if (!left.includes(upload)) all.delete(upload.root);
  }

  /** When it is worth to ask again: the one that was left longest ago makes room, or one is complete by then. */
  #roomAfterMs(left: readonly PartialFile[], idleMs: number): number {
    const untouched = left.filter(({ path }) => !this.#open.has(path)).map(({ touchedMs }) => touchedMs);
    const roomMs = Math.min(...untouched) + idleMs - this.#clock.nowMs();
    return Math.min(MAX_RETRY_AFTER_MS, Math.max(1000, roomMs));
  }

  /**
   * Removes uploads that nobody has touched for `idleMs`, the one that was left longest ago first, until `fits` holds for
   * those that are left, which it returns.
   */
  async #makeRoom(
    all: readonly PartialFile[],
    fits: (left: readonly PartialFile[]) => boolean,
    idleMs: number,
  ): Promise<PartialFile[]> {
    const newestFirst = all.toSorted((a, b) => b.touchedMs - a.touchedMs);
    const kept: PartialFile[] = [];
    while (newestFirst.length > 0) {
      const left = [...kept, ...newestFirst];
      if (fits(left)) return left;
      const oldest = newestFirst.pop() as PartialFile;
      const isLeft = oldest.touchedMs <= this.#clock.nowMs() - idleMs && !this.#open.has(oldest.path);
      if (isLeft) await this.remove(oldest);
      else kept.push(oldest);
    }
    return kept;
  }

  #all(): Promise<Map<string, PartialFile>> {
    return listPartials(this.#folder);
  }
}

function totalOf(uploads: readonly PartialFile[]): number {
  return uploads.reduce((sum, { totalBytes }) => sum + totalBytes, 0);
}
