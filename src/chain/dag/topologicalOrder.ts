/**
 * Order of things that name what they depend on, so that each comes after all of those. Iterative: a chain of a million
 * dependencies needs no more stack than one of two.
 */
import { AiBlockError } from "../../core/errors.ts";

export interface Dependent {
  readonly id: string;
  /** Ids in any order; those that are not in the batch are taken as given. */
  readonly dependsOn: readonly string[];
}

/**
 * `items` with every item after the ones that it depends on; otherwise in the order given. Throws `cycle`, naming the
 * ids of one cycle, when the declared dependencies have one, and `duplicate_id` when two items have one id.
 */
export function topologicalOrder<T extends Dependent>(items: readonly T[]): T[] {
  const byId = new Map<string, T>();
  for (const item of items) {
    if (byId.has(item.id))
      throw new AiBlockError("duplicate_id", `items: ${item.id} stands there twice`, { id: item.id });
    byId.set(item.id, item);
  }
  const waitingFor = new Map<string, number>();
  const dependents = new Map<string, T[]>();
  for (const item of items) {
    const inBatch = new Set(item.dependsOn.filter((id) => byId.has(id)));
    waitingFor.set(item.id, inBatch.size);
    for (const id of inBatch) {
      const waiting = dependents.get(id);
      if (waiting === undefined) dependents.set(id, [item]);
      else waiting.push(item);
    }
  }
  const order = items.filter(({ id }) => waitingFor.get(id) === 0);
  for (let i = 0; i < order.length; i++) {
    for (const dependent of dependents.get((order[i] as T).id) ?? []) {
      const left = (waitingFor.get(dependent.id) as number) - 1;
      waitingFor.set(dependent.id, left);
      if (left === 0) order.push(dependent);
    }
  }
  if (order.length === items.length) return order;
  const cycle = findCycle(byId, (id) => (waitingFor.get(id) ?? 0) > 0);
  throw new AiBlockError("cycle", `dependencies: a cycle through ${cycle.join(" -> ")}`, { cycle });
}

/** One cycle among the items that never became free: from any of them, dependencies lead round in the end. */
function findCycle<T extends Dependent>(byId: ReadonlyMap<string, T>, isStuck: (id: string) => boolean): string[] {
  const path: string[] = [];
  const position = new Map<string, number>();
  let id = [...byId.keys()].find(isStuck) as string;
  while (!position.has(id)) {
    position.set(id, path.length);
    path.push(id);
    id = (byId.get(id) as T).dependsOn.find((next) => byId.has(next) && isStuck(next)) as string;
  }
  return [...path.slice(position.get(id)), id];
}
