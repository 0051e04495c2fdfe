/** The two that take turns: our engine and, where it is installed, llama.cpp, each on its own form of the same weights. */
import { type BenchRow, compared } from "../report.ts";
import { exportOf, largeGguf, PEER_TYPES } from "./checkpoints.ts";
import { type BenchSetup, labelOf, MAX_POSITIONS, median, ourLoad, ourProcess } from "./setup.ts";
import { type LoadCommand, Subject } from "./subject.ts";

export interface Side {
  readonly start: () => Subject;
  readonly load: LoadCommand;
}

/** Ours first. */
export async function sidesOf(setup: BenchSetup): Promise<Side[]> {
  const { folder, shape, large, precision, threads, peerMain } = setup;
  const ours: Side = { start: ourProcess, load: await ourLoad(setup) };
  if (peerMain === undefined) return [ours];
  const model = large ? await largeGguf(folder, shape) : await exportOf(folder, shape, PEER_TYPES[precision]);
  const theirs: Side = {
    start: () => new Subject(new URL("./peerSubject.ts", import.meta.url), [peerMain]),
    load: { command: "load", model, threads, maxPositions: MAX_POSITIONS },
  };
  return [ours, theirs];
}

/** What was measured of every side, by name. */
export class Numbers {
  readonly #values = new Map<string, number[][]>();

  add(name: string, side: number, value: number): void {
    const sides = this.#values.get(name) ?? [[], []];
    this.#values.set(name, sides);
    sides[side]?.push(value);
  }

  /** Of our side. */
  median(name: string): number {
    return median(this.#values.get(name)?.[0] as number[]);
  }

  /** The medians of both sides beside each other. */
  row(setup: BenchSetup, name: string, unit: string, aim?: string): BenchRow {
    const theirs = this.#values.get(name)?.[1] ?? [];
    const row = { name: `${labelOf(setup)}: ${name}`, value: this.median(name), unit, ...(aim && { aim }) };
    return theirs.length === 0 ? row : compared({ ...row, floor: { name: "llama.cpp", value: median(theirs) } });
  }
}
