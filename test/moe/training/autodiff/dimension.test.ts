import fc from "fast-check";
import { product, quotient, sum } from "../../../../src/moe/training/autodiff/dimension.ts";

test("products and quotients of sizes have one text", () => {
  expect(product(["rows", 4, "length"])).toBe("4*length*rows");
  expect(quotient("rows", "length")).toBe("rows/length");
  expect(product([quotient("rows", "length"), "length"])).toBe("rows");
  expect(quotient(product(["rows", 8]), 4)).toBe("2*rows");
  expect(quotient("rows", 4)).toBe("1*rows/4".replace("1*", ""));
  expect(product([3, 5])).toBe(15);
});

test("a quotient undoes a product, whatever the sizes are called", () => {
  const size = fc.oneof(fc.integer({ min: 1, max: 64 }), fc.constantFrom("rows", "length", "rows/length", "2*rows"));
  fc.assert(
    fc.property(size, fc.array(size, { maxLength: 4 }), (one, others) => {
      expect(quotient(product([one, ...others]), product(others))).toBe(product([one]));
    }),
    { numRuns: 300 },
  );
});

test("a sum of different named sizes is refused", () => {
  expect(sum([1, 2])).toBe(3);
  expect(() => sum(["rows", 2])).toThrow(expect.objectContaining({ code: "shape_unknown" }));
});
