import fc from "fast-check";
import { cleanUpFilter, streamingReplace, type TextFilter } from "../../../src/moe/text/streamingReplace.ts";

function run(filter: TextFilter, pieces: readonly string[]): string {
  return pieces.map((piece) => filter.push(piece)).join("") + filter.flush();
}

const pieces = fc.array(fc.string({ unit: fc.constantFrom("a", "b", "ab"), maxLength: 4 }), { maxLength: 12 });
const search = fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 4 });

test("replacing in pieces equals replacing in the whole text, wherever the cuts are", () => {
  fc.assert(
    fc.property(pieces, search, fc.constantFrom("", "a", "xy", "$&"), (parts, wanted, replacement) => {
      expect(run(streamingReplace(wanted, replacement), parts)).toBe(
        parts.join("").replaceAll(wanted, () => replacement),
      );
    }),
    { numRuns: 2000 },
  );
});

test("clean-up in pieces equals ten replacements over the whole text, one after the other", () => {
  const unit = fc.constantFrom(" ", ".", "?", "!", ",", "'", "n't", "'m", "'s", "'ve", "'re", "a", "n", " '");
  const searches = [" .", " ?", " !", " ,", " ' ", " n't", " 'm", " 's", " 've", " 're"];
  fc.assert(
    fc.property(fc.array(fc.string({ unit, maxLength: 4 }), { maxLength: 10 }), (parts) => {
      const expected = searches.reduce(
        (text, from) => text.replaceAll(from, from === " ' " ? "'" : from.slice(1)),
        parts.join(""),
      );
      expect(run(cleanUpFilter(), parts)).toBe(expected);
    }),
    { numRuns: 2000 },
  );
});
