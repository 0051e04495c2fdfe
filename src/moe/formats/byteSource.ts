/**
 * A file's bytes, by position, from one descriptor that is opened once.
 *
 * The descriptor is opened without following a link and without blocking on a pipe, must be a regular file, and is used
 * for everything afterwards: renaming another file over the path changes nothing. Every read returns exactly the bytes
 * asked for or throws; a file whose size or modification time has changed since it was opened is refused with
 * `file_changed`. Whoever publishes a hash must hash the bytes that `read` returned, not the file a second time.
 */
import { constants, type Stats } from "node:fs";
import { type FileHandle, lstat, open } from "node:fs/promises";
import { basename } from "node:path";
import { errorCode } from "../../core/errors.ts";
import { formatError } from "./errors.ts";

/** One read of the operating system; Linux gives at most 2 GiB, and an abort is seen between two of them. */
const MAX_READ_BYTES = 64 * 1024 * 1024;

export interface ByteSource {
  /** The file's base name, for messages. */
  readonly name: string;
  readonly byteLength: number;
  /**
   * Bytes `[byteOffset, byteOffset + byteLength)` in a fresh buffer with `byteOffset` 0, owned by the caller.
   * Throws `read_out_of_range`, `file_truncated`, `file_changed`, `source_closed`.
   */
  read(byteOffset: number, byteLength: number, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>>;
  /** Waits for reads in flight. May be called twice. */
  close(): Promise<void>;
}

export interface OpenFileOptions {
  /**
   * Follow symbolic links (default false). Only for paths that the user chose,
   * such as the links of a Hugging Face cache folder.
   */
  readonly followLinks?: boolean;
  /** Ends the reading of headers; a deadline is `AbortSignal.timeout(ms)`. */
  readonly signal?: AbortSignal;
}

/** Opens `path`. Throws `file_missing`, `file_is_link`, `file_not_regular`, `file_unreadable`. */
export async function openFile(path: string, options: OpenFileOptions = {}): Promise<ByteSource> {
  const name = basename(path);
  const follow = options.followLinks === true;
  let handle: FileHandle;
  try {
    // Windows has no O_NOFOLLOW: there the link is seen before opening.
    if (!follow && process.platform === "win32" && (await lstat(path)).isSymbolicLink()) throw linkError(name);
    const noFollow = follow ? 0 : (constants.O_NOFOLLOW ?? 0);
    handle = await open(path, constants.O_RDONLY | noFollow | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    throw openError(name, error);
  }
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw formatError("file_not_regular", `${name}: expected a regular file`, { name });
    return new FileSource(name, handle, stats);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** A source over bytes in memory; `bytes` must not change while it is in use. */
export function memorySource(bytes: Uint8Array, name = "memory"): ByteSource {
  return {
    name,
    byteLength: bytes.length,
    read: async (byteOffset, byteLength, signal) => {
      signal?.throwIfAborted();
      checkRange(name, bytes.length, byteOffset, byteLength);
      const out = new Uint8Array(byteLength);
      out.set(bytes.subarray(byteOffset, byteOffset + byteLength));
      return out;
    },
    close: async () => {},
  };
}

class FileSource implements ByteSource {
  readonly name: string;
  readonly byteLength: number;
  readonly #handle: FileHandle;
  readonly #opened: Stats;
  /** Reads that have begun: `close` waits for them, so that none finds its descriptor gone halfway. */
  readonly #reading = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;

  constructor(name: string, handle: FileHandle, stats: Stats) {
    this.name = name;
    this.byteLength = stats.size;
    this.#handle = handle;
    this.#opened = stats;
  }

  async read(byteOffset: number, byteLength: number, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    const reading = this.#read(byteOffset, byteLength, signal);
    this.#reading.add(reading);
    try {
      return await reading;
    } catch (error) {
      // What the operating system says (a disk error, for example) is given a code of ours as well.
      if (errorCode(error)?.startsWith("E") !== true) throw error;
      throw formatError(
        "file_unreadable",
        `${this.name}: could not be read (${errorCode(error)})`,
        {},
        { cause: error },
      );
    } finally {
      this.#reading.delete(reading);
    }
  }

  close(): Promise<void> {
    this.#closed ??= Promise.allSettled(this.#reading).then(() => this.#handle.close());
    return this.#closed;
  }

  async #read(byteOffset: number, byteLength: number, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    signal?.throwIfAborted();
    if (this.#closed !== undefined) throw formatError("source_closed", `${this.name}: read after close`);
    checkRange(this.name, this.byteLength, byteOffset, byteLength);
    // Not zero-filled: every byte is overwritten below, or the buffer is never returned.
    const bytes = new Uint8Array(Buffer.allocUnsafeSlow(byteLength).buffer);
    let done = 0;
    while (done < byteLength) {
      const wanted = Math.min(byteLength - done, MAX_READ_BYTES);
      const { bytesRead } = await this.#handle.read(bytes, done, wanted, byteOffset + done);
      if (bytesRead === 0) {
        throw formatError(
          "file_truncated",
          `${this.name}: expected ${byteLength} bytes at ${byteOffset}, got ${done}: the file became shorter`,
        );
      }
      done += bytesRead;
      signal?.throwIfAborted();
    }
    const now = await this.#handle.stat();
    if (now.size !== this.#opened.size || now.mtimeMs !== this.#opened.mtimeMs) {
      throw formatError("file_changed", `${this.name}: the file changed while it was being read`, { name: this.name });
    }
    return bytes;
  }
}

function checkRange(name: string, fileBytes: number, byteOffset: number, byteLength: number): void {
  const whole = Number.isSafeInteger(byteOffset) && Number.isSafeInteger(byteLength);
  if (whole && byteOffset >= 0 && byteLength >= 0 && byteOffset + byteLength <= fileBytes) return;
  throw formatError(
    "read_out_of_range",
    `${name}: expected a range inside the ${fileBytes} bytes, got ${byteLength} bytes at ${byteOffset}`,
    { fileBytes, byteOffset, byteLength },
  );
}

function linkError(name: string): Error {
  return formatError("file_is_link", `${name}: expected a regular file, got a symbolic link (not followed)`, { name });
}

function openError(name: string, error: unknown): Error {
  const code = errorCode(error);
  if (code === "file_is_link") return error as Error;
  if (code === "ELOOP" || code === "EMLINK") return linkError(name);
  if (code === "ENOENT" || code === "ENOTDIR") {
    return formatError("file_missing", `${name}: no such file`, { name }, { cause: error });
  }
  return formatError("file_unreadable", `${name}: could not be opened (${code ?? "?"})`, { name }, { cause: error });
}
