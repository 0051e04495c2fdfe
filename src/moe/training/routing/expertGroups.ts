/** The rows of a batch sorted by the expert they go to. */
import type { Routing } from "../../model/routing.ts";

export interface ExpertGroups {
  /** Entries [starts[e], starts[e + 1]) belong to expert e. */
  readonly starts: Int32Array;
  /** By entry: the row it comes from. */
  readonly rows: Int32Array;
  /** By entry: its place in the routing's lists, `listed row * perToken + choice`. */
  readonly places: Int32Array;
  /** By entry: the factor of the expert's output. */
  readonly factors: Float32Array;
}

/**
 * @param rows the row that each row of `routing` stands for, ascending
 * @param needed those of `rows` whose output is used, ascending; the others have no entries
 */
export function groupByExpert(
  routing: Routing,
  rows: Int32Array,
  experts: number,
  needed: Int32Array = rows,
): ExpertGroups {
  const { perToken } = routing;
  const entries = needed.length * perToken;
  const placesOfNeeded = findPlaces(rows, needed, perToken);
  const starts = new Int32Array(experts + 1);
  for (const place of placesOfNeeded) starts[(routing.experts[place] as number) + 1]!++;
  for (let expert = 0; expert < experts; expert++) starts[expert + 1]! += starts[expert] as number;
  const next = starts.slice(0, experts);
  const groups = {
    starts,
    rows: new Int32Array(entries),
    places: new Int32Array(entries),
    factors: new Float32Array(entries),
  };
  for (const place of placesOfNeeded) {
    const entry = next[routing.experts[place] as number]!++;
    groups.rows[entry] = rows[Math.floor(place / perToken)] as number;
    groups.places[entry] = place;
    groups.factors[entry] = routing.weights[place] as number;
  }
  return groups;
}

/** The places of all choices of the `needed` rows, in order. */
function findPlaces(rows: Int32Array, needed: Int32Array, perToken: number): Int32Array {
  const places = new Int32Array(needed.length * perToken);
  for (let i = 0, listed = 0; i < needed.length; i++, listed++) {
    while (rows[listed] !== needed[i]) listed++;
    for (let choice = 0; choice < perToken; choice++) places[i * perToken + choice] = listed * perToken + choice;
  }
  return places;
}
