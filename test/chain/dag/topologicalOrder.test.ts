import fc from "fast-check";
import { Random } from "../../../scripts/support/random.ts";
import { type Dependent, topologicalOrder } from "../../../src/chain/dag/topologicalOrder.ts";
import type { AiBlockError } from "../../../src/core/errors.ts";

const item = (id: string, ...dependsOn: string[]): Dependent => ({ id, dependsOn });

function errorOf(items: readonly Dependent[]): AiBlockError {
  try {
    topologicalOrder(items);
  } catch (error) {
    return error as AiBlockError;
  }
  throw new Error("expected an error");
}

/** Edges only from later to earlier numbers, then names that say nothing of the order. */
function randomDag(random: Random, size: number): Dependent[] {
  const names = random.shuffle(Array.from({ length: size }, (_, i) => `n${i}`));
  return names.map((id, i) => ({
    id,
    dependsOn: Array.from({ length: i === 0 ? 0 : random.below(4) }, () => names[random.below(i)] as string),
  }));
}

test("every item comes after all that it depends on, and none is lost", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 0, max: 200 }), (seed, size) => {
      const random = new Random(seed);
      const given = random.shuffle(randomDag(random, size));
      const order = topologicalOrder(given);
      const position = new Map(order.map(({ id }, at) => [id, at]));
      expect(order).toHaveLength(size);
      for (const [at, { dependsOn }] of order.entries()) {
        for (const id of dependsOn) expect(position.get(id)).toBeLessThan(at);
      }
    }),
    { numRuns: 100 },
  );
});

test("items that do not depend on each other keep the order in which they were given", () => {
  const items = [item("c"), item("a"), item("b", "outside")];
  expect(topologicalOrder(items)).toEqual(items);
});

test("a cycle that somebody declares is refused by the names of its members, in order", () => {
  const cycle = errorOf([item("free"), item("x", "a"), item("a", "b"), item("b", "c"), item("c", "a", "free")]);
  expect(cycle.code).toBe("cycle");
  const names = cycle.data.cycle as string[];
  expect(names[0]).toBe(names.at(-1));
  expect(names.slice(1).sort()).toEqual(["a", "b", "c"]);
  expect(cycle.message).toContain("a -> b -> c -> a");
});

test("an item that depends on itself is a cycle of one", () => {
  expect(errorOf([item("a", "a")])).toMatchObject({ code: "cycle", data: { cycle: ["a", "a"] } });
});

test("every cycle in a random graph is a real one", () => {
  for (let seed = 1; seed <= 100; seed++) {
    const random = new Random(seed);
    const items = randomDag(random, 50);
    const [from, to] = [random.below(25), random.between(25, 49)];
    const closed = items.map((each, i) =>
      i === from || i === to ? item(each.id, ...each.dependsOn, (items[i === from ? to : from] as Dependent).id) : each,
    );
    const byId = new Map(closed.map((each) => [each.id, each]));
    const names = errorOf(random.shuffle(closed)).data.cycle as string[];
    for (let i = 1; i < names.length; i++) expect(byId.get(names[i - 1]!)!.dependsOn).toContain(names[i]);
  }
});

test("one id twice is refused by name", () => {
  expect(errorOf([item("a"), item("a")])).toMatchObject({ code: "duplicate_id", data: { id: "a" } });
});

test("a chain of 100,000, given backwards, needs no recursion; nor does a cycle of that length", () => {
  const chain = Array.from({ length: 100_000 }, (_, i) => (i === 0 ? item("0") : item(`${i}`, `${i - 1}`)));
  expect(topologicalOrder(chain.toReversed())).toEqual(chain);
  const ring = [item("0", "99999"), ...chain.slice(1)];
  expect(errorOf(ring).data.cycle).toHaveLength(100_001);
});

test("1,000 items that all depend on 1,000 others take a moment", () => {
  const wide = Array.from({ length: 1000 }, (_, i) => item(`low ${i}`));
  const names = wide.map(({ id }) => id);
  const above = Array.from({ length: 1000 }, (_, i) => item(`high ${i}`, ...names));
  expect(topologicalOrder([...above, ...wide]).slice(0, 1000)).toEqual(wide);
});
