/**
 * Cycles among what the `parents` index declares. Hashes alone rule them out, but an index row can be wrong; and a
 * cycle would send every reader that trusts the index round in circles.
 *
 * A cycle must somewhere go from a block to a parent that is not lower, so only such edges are followed, iteratively.
 */
import { HASH_BYTES, toHex } from "../../core/bytes.ts";
import { decodeParentsRow, type ParentsRow } from "../store/blockRows.ts";
import type { Database } from "../store/database.ts";
import { keyOf } from "../store/keySpaces.ts";
import { withoutChecksum } from "../store/row.ts";
import { blockFinding, type OnFinding } from "./finding.ts";

/** Blocks looked at from one suspicious edge before the search gives up; the edge itself is reported in any case. */
const MAX_STEPS = 100_000;

export async function findCycles(database: Database, onFinding: OnFinding, signal?: AbortSignal): Promise<void> {
  for await (const [key, raw] of database.scanRaw(keyOf("parents"))) {
    signal?.throwIfAborted();
    const id = key.slice(1, 1 + HASH_BYTES);
    const row = decode(withoutChecksum(raw));
    for (const parent of row?.parents ?? []) {
      const above = readParents(database, parent);
      if (above === undefined || row === undefined || above.height < row.height) continue;
      const cycle = pathBack(database, parent, toHex(id));
      if (cycle === undefined) continue;
      const names = [toHex(id), ...cycle].map((each) => each.slice(0, 12)).join(" -> ");
      onFinding(blockFinding("cycle", id, `the index of parents has a cycle: ${names}`));
    }
  }
}

/** The ids from `start` upwards to `target`, or `undefined` when there is no such path. */
function pathBack(database: Database, start: Uint8Array, target: string): string[] | undefined {
  const cameFrom = new Map<string, string | undefined>([[toHex(start), undefined]]);
  const waiting = [start];
  for (let steps = 0; steps < MAX_STEPS; steps++) {
    const id = waiting.pop();
    if (id === undefined) return undefined;
    const idHex = toHex(id);
    if (idHex === target) return trace(cameFrom, idHex);
    for (const parent of readParents(database, id)?.parents ?? []) {
      if (cameFrom.has(toHex(parent))) continue;
      cameFrom.set(toHex(parent), idHex);
      waiting.push(parent);
    }
  }
  return undefined;
}

function trace(cameFrom: ReadonlyMap<string, string | undefined>, end: string): string[] {
  const path: string[] = [];
  for (let at: string | undefined = end; at !== undefined; at = cameFrom.get(at)) path.unshift(at);
  return path;
}

function readParents(database: Database, id: Uint8Array): ParentsRow | undefined {
  const value = database.getUnchecked(keyOf("parents", id));
  return value === undefined ? undefined : decode(value);
}

function decode(value: Uint8Array): ParentsRow | undefined {
  try {
    return decodeParentsRow(value);
  } catch {
    return undefined;
  }
}
