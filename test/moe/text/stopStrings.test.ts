import fc from "fast-check";
import { checkStopStrings, createStopMatcher } from "../../../src/moe/text/stopStrings.ts";
import { codeOf } from "./fixtures.ts";

/** One character after the other; the first complete stop string ends the text, the longest of several. */
function naive(text: string, stops: readonly string[]): { text: string; stop: string | undefined } {
  for (let end = 1; end <= text.length; end++) {
    const [stop] = stops.filter((one) => text.slice(0, end).endsWith(one)).sort((a, b) => b.length - a.length);
    if (stop !== undefined) return { text: text.slice(0, end - stop.length), stop };
  }
  return { text, stop: undefined };
}

const unit = fc.constantFrom("a", "b", "c");
const stopList = fc.array(fc.string({ unit, minLength: 1, maxLength: 5 }), { maxLength: 4 });

test("the result equals a search that looks at every character, wherever the cuts are", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit, maxLength: 5 }), { maxLength: 12 }), stopList, (pieces, stops) => {
      const matcher = createStopMatcher(stops);
      let text = "";
      let stop: string | undefined;
      for (const piece of pieces) {
        const result = matcher.push(piece);
        text += result.text;
        stop = result.stop;
      }
      if (stop === undefined) text += matcher.flush();
      expect({ text, stop }).toEqual(naive(pieces.join(""), stops));
    }),
    { numRuns: 3000 },
  );
});

test("after every piece exactly the longest end that begins a stop string is held back", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit, maxLength: 5 }), { maxLength: 12 }), stopList, (pieces, stops) => {
      const matcher = createStopMatcher(stops);
      let given = "";
      let all = "";
      for (const piece of pieces) {
        const { text, stop } = matcher.push(piece);
        given += text;
        all += piece;
        if (stop !== undefined) return;
        let held = 0;
        for (let length = 1; length <= all.length; length++) {
          if (stops.some((one) => one.length > length && one.startsWith(all.slice(-length)))) held = length;
        }
        expect(given).toBe(all.slice(0, all.length - held));
      }
    }),
    { numRuns: 2000 },
  );
});

test("nothing comes out after a stop", () => {
  const matcher = createStopMatcher(["END"]);
  expect(matcher.push("abcE")).toEqual({ text: "abc", stop: undefined });
  expect(matcher.push("NDxyz")).toEqual({ text: "", stop: "END" });
  expect(matcher.push("more")).toEqual({ text: "", stop: "END" });
  expect(matcher.flush()).toBe("");
});

test("without stop strings every piece comes out at once", () => {
  const matcher = createStopMatcher([]);
  expect(matcher.push("abc")).toEqual({ text: "abc", stop: undefined });
  expect(matcher.flush()).toBe("");
});

test("a long text against long stop strings takes time in proportion to its length", () => {
  const matcher = createStopMatcher(Array.from({ length: 16 }, (_, i) => `${"a".repeat(1000)}${i}`));
  const piece = "a".repeat(1000);
  for (let i = 0; i < 300; i++) expect(matcher.push(piece).text.length).toBe(i === 0 ? 0 : 1000);
});

test("lists that are no stop strings are refused", () => {
  for (const stops of [null, "x", [""], [1], ["x".repeat(1025)], new Array(17).fill("x")]) {
    expect(codeOf(() => checkStopStrings(stops))).toBe("stop_invalid");
  }
  expect(checkStopStrings(["a", "b", "a"])).toEqual(["a", "b"]);
});
