/**
 * LevelDB's manifest: which tables and logs are alive. A log file (logFile.ts) whose batches are edits, each a list of a
 * tag and its fields:
 *   1 comparator name | 2 log number | 3 next file number | 4 last sequence number | 5 level, key (compaction pointer)
 *   6 level, number of a table that is gone | 7 level, number, size, smallest and largest key of a new table
 *   9 number of the log before
 */
import { readLog } from "./logFile.ts";
import { VarintReader } from "./varint.ts";

export interface LiveFiles {
  readonly tables: ReadonlySet<number>;
  /** Logs with a lower number are left over. */
  readonly firstLog: number;
}

/** `undefined` when the manifest is damaged. */
export function readManifest(file: Uint8Array): LiveFiles | undefined {
  const { batches, damagedAt, tornAt } = readLog(file);
  if (damagedAt !== undefined || tornAt !== undefined) return undefined;
  const tables = new Set<number>();
  let firstLog = 0;
  try {
    for (const edit of batches) {
      const reader = new VarintReader(edit);
      while (!reader.isAtEnd) {
        const tag = reader.integer();
        if (tag === 1) reader.text();
        else if (tag === 2) firstLog = reader.integer();
        else if (tag === 3 || tag === 4 || tag === 9) reader.integer();
        else if (tag === 5) skipPointer(reader);
        else if (tag === 6) tables.delete(readNumber(reader));
        else if (tag === 7) tables.add(readNewTable(reader));
        else return undefined;
      }
    }
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  return { tables, firstLog };
}

function skipPointer(reader: VarintReader): void {
  reader.integer();
  reader.text();
}

/** The number behind the level. */
function readNumber(reader: VarintReader): number {
  reader.integer();
  return reader.integer();
}

function readNewTable(reader: VarintReader): number {
  const number = readNumber(reader);
  reader.integer();
  reader.text();
  reader.text();
  return number;
}
