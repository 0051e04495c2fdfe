/**
 * Compares the rows of a store with those rebuilt from its headers, both in key order, and says which block each
 * difference concerns.
 */
import { compareBytes, HASH_BYTES } from "../../core/bytes.ts";
import { errorCode } from "../../core/errors.ts";
import type { Database } from "../store/database.ts";
import { KEY_SPACES, type KeySpace, keyOf } from "../store/keySpaces.ts";
import { openRow, withoutChecksum } from "../store/row.ts";
import { blockFinding, type FindingCode, type OnFinding } from "./finding.ts";

type Row = readonly [key: Uint8Array, row: Uint8Array];

/** Where in a key the id of the block concerned stands; the others name a slot or an author. */
const ID_AT: { readonly [S in KeySpace]?: "first" | "last" } = {
  parents: "first",
  children: "last",
  slots: "last",
  heads: "first",
  tips: "first",
  byHeight: "last",
  votes: "first",
  versions: "first",
  pending: "last",
  models: "first",
  quotas: "first",
  payloadUse: "last",
};

/** Every key space that is derived from headers. */
export async function compareRows(
  stored: Database,
  rebuilt: Database,
  onFinding: OnFinding,
  signal?: AbortSignal,
): Promise<void> {
  for (const space of Object.keys(KEY_SPACES) as KeySpace[]) {
    if (space !== "info" && space !== "header") await compareSpace(space, stored, rebuilt, onFinding, signal);
  }
}

async function compareSpace(
  space: KeySpace,
  stored: Database,
  rebuilt: Database,
  onFinding: OnFinding,
  signal?: AbortSignal,
): Promise<void> {
  const left = stored.scanRaw(keyOf(space));
  const right = rebuilt.scanRaw(keyOf(space));
  try {
    let [a, b] = await Promise.all([next(left), next(right)]);
    while (a !== undefined || b !== undefined) {
      signal?.throwIfAborted();
      const order = a === undefined ? 1 : b === undefined ? -1 : compareBytes(a[0], b[0]);
      if (order < 0) report("index_extra", space, a as Row, "a row that follows from no block", onFinding);
      else if (order > 0)
        report("index_missing", space, b as Row, "the row that follows from it is missing", onFinding);
      else compareValues(space, a as Row, b as Row, stored, onFinding);
      if (order <= 0) a = await next(left);
      if (order >= 0) b = await next(right);
    }
  } finally {
    await left.return(undefined);
    await right.return(undefined);
  }
}

function compareValues(space: KeySpace, found: Row, rebuilt: Row, stored: Database, onFinding: OnFinding): void {
  if (compareBytes(found[1], rebuilt[1]) !== 0) {
    const code = isCorrupt(found) ? "row_corrupt" : "index_wrong";
    report(code, space, found, "the row disagrees with the block", onFinding);
    return;
  }
  // Scans pass LevelDB's filters and table indexes, look-ups go through them.
  const lookedUp = stored.getUnchecked(found[0]);
  if (lookedUp !== undefined && compareBytes(lookedUp, withoutChecksum(found[1])) === 0) return;
  report("row_corrupt", space, found, "the row is there, but a look-up does not find it", onFinding);
}

function isCorrupt([key, row]: Row): boolean {
  try {
    openRow(key, row);
    return false;
  } catch (error) {
    return errorCode(error) === "row_corrupt";
  }
}

function report(code: FindingCode, space: KeySpace, [key]: Row, what: string, onFinding: OnFinding): void {
  const id = ID_AT[space] === "last" ? key.slice(-HASH_BYTES) : key.slice(1, 1 + HASH_BYTES);
  onFinding(blockFinding(code, id, `index "${space}": ${what}`));
}

async function next(rows: AsyncGenerator<[Uint8Array, Uint8Array]>): Promise<Row | undefined> {
  const { value, done } = await rows.next();
  return done === true ? undefined : value;
}
