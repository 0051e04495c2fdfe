import { asArray, asBytes, asFloat, asOneOf, asText, asUint } from "../../src/core/wire.ts";

test.each<[string, () => unknown, unknown]>([
  ["a uint", () => asUint(7, "height"), 7],
  ["the largest uint", () => asUint(9, "height", { max: 9 }), 9],
  ["a float", () => asFloat(0.5, "loss"), 0.5],
  ["the smallest float", () => asFloat(0, "loss", { min: 0 }), 0],
  ["bytes", () => asBytes(Uint8Array.of(1, 2), "root", 2), Uint8Array.of(1, 2)],
  ["few bytes", () => asBytes(Uint8Array.of(1), "root", { maxLength: 2 }), Uint8Array.of(1)],
  ["a text", () => asText("head", "slot", { maxChars: 4 }), "head"],
  ["a choice", () => asOneOf("B", "chain", ["A", "B"]), "B"],
  ["a record", () => asArray([1, 2], "payload", { length: 2 }), [1, 2]],
  ["a list", () => asArray([], "parents", { maxLength: 8 }), []],
])("%s within its bounds is given back", (_, check, expected) => {
  expect(check()).toEqual(expected);
});

test.each<[() => unknown, string]>([
  [() => asUint(-1, "height"), "height: expected an integer from 0 to 9007199254740991, got -1"],
  [() => asUint(10, "height", { max: 9 }), "height: expected an integer from 0 to 9, got 10"],
  [() => asUint(1.5, "height"), "height: expected an integer from 0 to 9007199254740991, got 1.5"],
  [() => asUint(null, "height", { max: 9 }), "height: expected an integer from 0 to 9, got nil"],
  [() => asFloat("x", "loss"), 'loss: expected a finite number from -Infinity to Infinity, got "x"'],
  [() => asFloat(-0.1, "loss", { min: 0 }), "loss: expected a finite number from 0 to Infinity, got -0.1"],
  [() => asBytes(new Uint8Array(3), "root", 2), "root: expected 2 bytes, got 3 bytes"],
  [() => asBytes(new Uint8Array(3), "root", { maxLength: 2 }), "root: expected at most 2 bytes, got 3 bytes"],
  [() => asText("heads", "slot", { maxChars: 4 }), 'slot: expected a text of at most 4 characters, got "heads"'],
  [() => asOneOf("C", "chain", ["A", "B"]), 'chain: expected one of A, B, got "C"'],
  [() => asArray([1], "payload", { length: 2 }), "payload: expected an array of 2 values, got an array of 1 values"],
  [() => asArray([1, 2], "p", { maxLength: 1 }), "p: expected an array of at most 1 values, got an array of 2 values"],
])("a value out of bounds is refused with its field's name: case %#", (check, message) => {
  expect(check).toThrow(expect.objectContaining({ code: "bad_encoding", message }));
});
