/**
 * The chain's LevelDB: opened with a lock and a format version, read row by row with checksums, written in batches that
 * are on disk when they return.
 */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { bytesEqual, utf8 } from "../../core/bytes.ts";
import { decodeCanonical, encodeCanonical } from "../../core/codec.ts";
import { AiBlockError, errorCode, errorMessage } from "../../core/errors.ts";
import { asDiskError } from "./diskSpace.ts";
import { keyOf, prefixEnd } from "./keySpaces.ts";
import type { KeyText } from "./keyText.ts";
import { closeLevel, openLevel, type Rows, refuseDamagedLogs } from "./openLevel.ts";
import { openRow, sealRow, withoutChecksum } from "./row.ts";

/** Raised when an older program could no longer read what a newer one writes. */
export const FORMAT_VERSION = 1;

const REOPEN_RESERVE_BYTES = 2 ** 18;
/** Rows that are read in one step. */
const FIRST_ROWS = 4;
const MAX_PAGE_ROWS = 256;
const MAX_PAGE_BYTES = 128 * 1024;

const FORMAT_KEY = keyOf("info", utf8("format"));
const CLOSED_KEY = keyOf("info", utf8("closed"));
const EMPTY = new Uint8Array(0);

/** `null` deletes the row. */
export type Change = readonly [key: Uint8Array, value: Uint8Array | null];

/** A synchronous view of rows by exact key. */
export interface RowReader {
  /**
   * The value, or `undefined`. Throws `row_corrupt`, or `store_corrupt` when LevelDB cannot read its files. `text` is
   * that of the key, where it is at hand.
   */
  get(key: Uint8Array, text?: KeyText): Uint8Array | undefined;
}

export interface ScanOptions {
  /** Start after this key (exclusive) instead of at the first key with the prefix. */
  readonly after?: Uint8Array;
  readonly reverse?: boolean;
  readonly limit?: number;
}

export class Database implements RowReader {
  readonly folder: string;
  readonly #level: Rows;
  #hasWritten = false;
  #hasFailed = false;
  #closing: Promise<void> | undefined;

  private constructor(folder: string, level: Rows) {
    this.folder = folder;
    this.#level = level;
  }

  /**
   * Opens or creates the database in `folder`. Throws `store_locked` while another process has it open,
   * `store_newer` for a format that this program does not know, `store_corrupt` when LevelDB cannot read its files,
   * `disk_full`, `disk_read_only`.
   */
  static async open(folder: string): Promise<Database> {
    await refuseDamagedLogs(folder);
    return Database.#open(folder, (database) => database.#checkFormat());
  }

  /** As `open`, for repairs: a damaged or missing format version is no obstacle. */
  static openDamaged(folder: string): Promise<Database> {
    return Database.#open(folder, async (database) => {
      await database.#checkFormat().catch((error: unknown) => {
        if (errorCode(error) === "store_newer") throw error;
      });
    });
  }

  static async #open(folder: string, check: (database: Database) => Promise<void>): Promise<Database> {
    const level = await openLevel(folder);
    const database = new Database(folder, level);
    try {
      await check(database);
    } catch (error) {
      await closeLevel(level, folder);
      throw error;
    }
    return database;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    let row: Uint8Array | undefined;
    try {
      row = this.#level.getSync(key);
    } catch (error) {
      throw this.#readError(error);
    }
    return row === undefined ? undefined : openRow(key, row);
  }

  /** The value without its checksum having been looked at: for the audit. */
  getUnchecked(key: Uint8Array): Uint8Array | undefined {
    return withoutChecksum(this.#level.getSync(key));
  }

  /**
   * Stores all of `changes` or none; they survive a power cut once the promise resolves. Throws `disk_full`,
   * `disk_read_only` or LevelDB's own error; the log may then end in half a batch, so nothing more may be written before
   * the database is opened again.
   */
  async write(changes: Iterable<Change>): Promise<void> {
    const batch = this.#level.batch();
    for (const [key, value] of changes) {
      if (value === null) batch.del(key);
      else batch.put(key, sealRow(key, value));
    }
    try {
      await batch.write({ sync: true });
      this.#hasWritten = true;
    } catch (error) {
      this.#hasFailed = true;
      throw asDiskError(error, this.folder);
    }
  }

  /** Rows whose key begins with `prefix`, ascending by key, as of the moment of the call. Throws as `get`. */
  async *scan(prefix: Uint8Array, options: ScanOptions = {}): AsyncGenerator<[Uint8Array, Uint8Array]> {
    try {
      for await (const [key, row] of this.scanRaw(prefix, options)) yield [key, openRow(key, row)];
    } catch (error) {
      throw this.#readError(error);
    }
  }

  /** As `scan`, in pieces of up to 256 rows: where rows are many, an asynchronous step for each takes most of the time. */
  async *pages(prefix: Uint8Array, options: ScanOptions = {}): AsyncGenerator<[Uint8Array, Uint8Array][]> {
    try {
      for await (const page of this.#rawPages(prefix, options)) {
        yield page.map(([key, row]): [Uint8Array, Uint8Array] => [key, openRow(key, row)]);
      }
    } catch (error) {
      throw this.#readError(error);
    }
  }

  /** As `scan`, with rows as stored and unchecked: for the audit, which reports what is wrong instead of stopping. */
  async *scanRaw(prefix: Uint8Array, options: ScanOptions = {}): AsyncGenerator<[Uint8Array, Uint8Array]> {
    for await (const page of this.#rawPages(prefix, options)) yield* page;
  }

  async *#rawPages(prefix: Uint8Array, options: ScanOptions): AsyncGenerator<[Uint8Array, Uint8Array][]> {
    const { after, reverse = false, limit = -1 } = options;
    const end = prefixEnd(prefix);
    const iterator = this.#level.iterator({
      ...(after === undefined || reverse ? { gte: prefix } : { gt: after }),
      ...(reverse && after !== undefined ? { lt: after } : end === undefined ? {} : { lt: end }),
      reverse,
      limit,
      highWaterMarkBytes: MAX_PAGE_BYTES,
    });
    try {
      // Few at first, where nobody says how many: many readers stop at the first row or two.
      const first = limit > 0 ? limit : FIRST_ROWS;
      for (let size = Math.min(first, MAX_PAGE_ROWS); ; size = Math.min(4 * size, MAX_PAGE_ROWS)) {
        const entries = await iterator.nextv(size);
        if (entries.length === 0) return;
        yield entries;
      }
    } finally {
      await iterator.close();
    }
  }

  /** Free disk space that opening the database again takes: LevelDB turns its log into a table first. */
  async bytesToReopen(): Promise<number> {
    let bytes = REOPEN_RESERVE_BYTES;
    for (const name of await readdir(this.folder)) {
      if (name.endsWith(".log")) bytes += (await stat(join(this.folder, name))).size;
    }
    return bytes;
  }

  async isEmpty(): Promise<boolean> {
    for await (const _row of this.scanRaw(new Uint8Array(0), { limit: 1 })) return false;
    return true;
  }

  /** May be called twice; waits for reads and writes in flight. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // A batch before which nothing is damaged proves so much; a last one proves it for all that matter.
    if (this.#hasWritten && !this.#hasFailed)
      await this.#level.put(CLOSED_KEY, sealRow(CLOSED_KEY, EMPTY)).catch(() => undefined);
    await closeLevel(this.#level, this.folder);
  }

  #readError(error: unknown): unknown {
    if (errorCode(error) !== "LEVEL_CORRUPTION") return error;
    const message = `store ${this.folder}: ${errorMessage(error)}; run "ai-block chain verify"`;
    return new AiBlockError("store_corrupt", message, {}, { cause: error });
  }

  async #checkFormat(): Promise<void> {
    const stored = this.get(FORMAT_KEY);
    if (stored === undefined) {
      if (!(await this.isEmpty())) {
        throw new AiBlockError(
          "store_corrupt",
          `store ${this.folder}: expected a format version, found other rows only`,
        );
      }
      await this.write([[FORMAT_KEY, encodeCanonical(FORMAT_VERSION)]]);
      return;
    }
    requireKnownFormat(stored, this.folder);
  }
}

/** The key of the row with the format version. */
export function isFormatKey(key: Uint8Array): boolean {
  return bytesEqual(key, FORMAT_KEY);
}

/** Throws `store_newer` unless `value`, of the row with the format version, is ours; `bad_encoding` when it is none. */
export function requireKnownFormat(value: Uint8Array, folder: string): void {
  const version = decodeCanonical(value, { maxBytes: 16, maxDepth: 1, maxItems: 1 });
  if (version === FORMAT_VERSION) return;
  throw new AiBlockError(
    "store_newer",
    `store ${folder}: this program reads format ${FORMAT_VERSION}, the store has format ${version}; ` +
      "use the version of AI-Block that wrote it, or a newer one",
    { version },
  );
}
