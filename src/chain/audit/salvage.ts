/**
 * The headers out of a database whose files are damaged, without LevelDB: from every block of every table and from every
 * batch of the logs whose checksum is right. What was deleted may be among them; a replay finds out.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { HASH_BYTES } from "../../core/bytes.ts";
import { type Change, Database, isFormatKey, requireKnownFormat } from "../store/database.ts";
import { KEY_SPACES } from "../store/keySpaces.ts";
import { putsOf } from "../store/leveldb/batch.ts";
import { readLog } from "../store/leveldb/logFile.ts";
import { readTable } from "../store/leveldb/tableFile.ts";
import { openRow } from "../store/row.ts";

/** Headers, and the rows that say when a version was received. */
const KEPT: ReadonlySet<number> = new Set([KEY_SPACES.header, KEY_SPACES.versions]);

interface StoredRow {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Fills a new database in `target` from the files in `folder`, and returns it, open. Throws `store_newer`. */
export async function salvage(folder: string, target: string, signal?: AbortSignal): Promise<Database> {
  const salvaged = await Database.open(target);
  try {
    for (const name of await readdir(folder)) {
      signal?.throwIfAborted();
      await salvaged.write(keptRows(await rowsIn(join(folder, name)), folder));
    }
    return salvaged;
  } catch (error) {
    await salvaged.close();
    throw error;
  }
}

async function rowsIn(path: string): Promise<Iterable<StoredRow>> {
  if (path.endsWith(".ldb")) return readTable(await readFile(path)).rows;
  if (path.endsWith(".log")) return readLog(await readFile(path)).batches.flatMap((batch) => [...putsOf(batch)]);
  return [];
}

function* keptRows(rows: Iterable<StoredRow>, folder: string): Generator<Change> {
  for (const { key, value } of rows) {
    if (isFormatKey(key)) requireKnownFormat(openRow(key, value), folder);
    if (key.length !== 1 + HASH_BYTES || !KEPT.has(key[0] as number)) continue;
    try {
      yield [key, openRow(key, value)];
    } catch {
      // Its own checksum is wrong: a row that was damaged before it was stored.
    }
  }
}
