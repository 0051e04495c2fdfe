/**
 * Units of a model onto two or more workers, in consecutive ranges: dynamic programming over how many units the first so
 * many workers hold. Exact for one order of the workers; a worker may get none. Several orders are tried, because trying all
 * of them is not possible: a division that needs another order is not found.
 */
import type { Range } from "./plan.ts";
import type { WorkerFacts } from "./task.ts";

export interface Stage {
  readonly worker: WorkerFacts;
  readonly units: Range;
}

export interface PartitionCosts {
  readonly units: number;
  readonly memoryBytes: (units: Range) => number;
  /** Of a worker that computes these units. */
  readonly seconds: (worker: WorkerFacts, units: Range) => number;
  /** What is made small: the slowest stage (a pipeline), or all stages together. */
  readonly objective: "slowest" | "sum";
}

interface Cell {
  readonly value: number;
  /** Units before those of the last worker. */
  readonly from: number;
}

/**
 * @param maxStages most workers that get units
 * `undefined` when no division was found.
 */
export function partition(
  costs: PartitionCosts,
  workers: readonly WorkerFacts[],
  maxStages: number = workers.length,
): Stage[] | undefined {
  const fastest = workers.toSorted((a, b) => b.flopsPerSecond - a.flopsPerSecond).slice(0, maxStages);
  const largest = workers.toSorted((a, b) => b.memoryBytes - a.memoryBytes).slice(0, maxStages);
  const orders = [fastest, largest, largest.toReversed()];
  const found = orders.map((order) => divide(costs, order)).filter((division) => division !== undefined);
  return found.toSorted((a, b) => a.value - b.value)[0]?.stages;
}

function divide({ units, memoryBytes, seconds, objective }: PartitionCosts, workers: readonly WorkerFacts[]) {
  const table: (Cell | undefined)[][] = [[{ value: 0, from: 0 }]];
  for (const [w, worker] of workers.entries()) {
    const before = table[w] as (Cell | undefined)[];
    // A worker without units changes nothing.
    const row = Array.from({ length: units + 1 }, (_, to): Cell | undefined => {
      const cell = before[to];
      return cell && { value: cell.value, from: to };
    });
    for (let to = 1; to <= units; to++) {
      for (let from = to - 1; from >= 0; from--) {
        if (memoryBytes({ from, to }) > worker.memoryBytes) break;
        const cell = before[from];
        // All units on one worker would be no division.
        if (cell === undefined || to - from === units) continue;
        const own = seconds(worker, { from, to });
        const value = objective === "sum" ? cell.value + own : Math.max(cell.value, own);
        if (value < (row[to]?.value ?? Number.POSITIVE_INFINITY)) row[to] = { value, from };
      }
    }
    table.push(row);
  }
  const last = table[workers.length]?.[units];
  if (last === undefined) return undefined;
  const stages: Stage[] = [];
  for (let [w, to] = [workers.length, units]; w > 0; w--) {
    const { from } = (table[w] as Cell[])[to] as Cell;
    if (from < to) stages.unshift({ worker: workers[w - 1] as WorkerFacts, units: { from, to } });
    to = from;
  }
  return { value: last.value, stages };
}
