import fc from "fast-check";
import { didYouMean, nearest } from "../../src/core/nearest.ts";

const NAMES = ["http.port", "http.host", "log.level", "network"];

test.each([
  ["http.prot", "http.port"],
  ["http.pots", "http.port"],
  ["HTTP.PORT", "http.port"],
  ["netwrok", "network"],
  ["log.lvl", "log.level"],
  ["loglevel", "log.level"],
  ["xyz", undefined],
  ["", undefined],
  ["x".repeat(100_000), undefined],
])("the nearest name to %j is %j", (text, expected) => {
  expect(nearest(text, NAMES)).toBe(expected);
});

test("a name itself is always the nearest, and one edit away it is still found among distant ones", () => {
  const name = fc.stringMatching(/^[a-z]{4,20}$/);
  fc.assert(
    fc.property(name, fc.nat(), fc.constantFrom("q", ""), (text, at, replacement) => {
      const position = at % text.length;
      const mistyped = text.slice(0, position) + replacement + text.slice(position + 1);
      expect(nearest(text, ["0000000000", text])).toBe(text);
      expect(nearest(mistyped, ["0000000000", text])).toBe(text);
    }),
  );
});

test("didYouMean is the end of a sentence, or nothing", () => {
  expect(didYouMean("netwrk", NAMES)).toBe(', did you mean "network"?');
  expect(didYouMean("zzz", NAMES)).toBe("");
});
