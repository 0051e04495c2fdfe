import fc from "fast-check";
import { BoundedMap } from "../../src/core/boundedMap.ts";

test("it behaves like a list ordered by last use, cut off at its cap", () => {
  const operation = fc.record({ kind: fc.constantFrom("get", "set", "delete", "has"), key: fc.nat(9) });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.array(operation, { maxLength: 60 }), (maxEntries, operations) => {
      const evicted: number[] = [];
      const map = new BoundedMap<number, number>(maxEntries, (key) => evicted.push(key));
      let model: [number, number][] = [];
      const modelEvicted: number[] = [];
      operations.forEach(({ kind, key }, step) => {
        const found = model.find(([each]) => each === key);
        const others = model.filter(([each]) => each !== key);
        if (kind === "get") {
          expect(map.get(key)).toBe(found?.[1]);
          if (found !== undefined) model = [...others, found];
        } else if (kind === "has") {
          expect(map.has(key)).toBe(found !== undefined);
        } else if (kind === "delete") {
          expect(map.delete(key)).toBe(found !== undefined);
          model = others;
        } else {
          map.set(key, step);
          model = [...others, [key, step]];
          if (model.length > maxEntries) modelEvicted.push(model.shift()![0]);
        }
        expect([...map.entries()]).toEqual(model);
        expect(map.size).toBe(model.length);
      });
      expect(evicted).toEqual(modelEvicted);
    }),
    { numRuns: 300 },
  );
});

test("clear empties it", () => {
  const map = new BoundedMap<string, number>(3);
  map.set("a", 1);
  map.clear();
  expect(map.size).toBe(0);
});

test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("a cap of %d is refused", (maxEntries) => {
  expect(() => new BoundedMap(maxEntries)).toThrow(expect.objectContaining({ code: "bad_argument" }));
});
