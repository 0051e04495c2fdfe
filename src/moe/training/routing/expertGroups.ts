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

/** @param rows the row that each row of `routing` stands for */
export function groupByExpert(routing: Routing, rows: Int32Array, experts: number): ExpertGroups {
  const { perToken } = routing;
  const entries = rows.length * perToken;
  const starts = new Int32Array(experts + 1);
  for (let i = 0; i < entries; i++) starts[(routing.experts[i] as number) + 1]!++;
  for (let expert = 0; expert < experts; expert++) starts[expert + 1]! += starts[expert] as number;
  const next = starts.slice(0, experts);
  const groups = {
    starts,
    rows: new Int32Array(entries),
    places: new Int32Array(entries),
    factors: new Float32Array(entries),
  };
  for (let i = 0; i < entries; i++) {
    const entry = next[routing.experts[i] as number]!++;
    groups.rows[entry] = rows[Math.floor(i / perToken)] as number;
    groups.places[entry] = i;
    groups.factors[entry] = routing.weights[i] as number;
  }
  return groups;
}
