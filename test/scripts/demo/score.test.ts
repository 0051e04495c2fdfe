import { DECLINE_ANSWER } from "../../../scripts/demo/corpus/decline/decline.ts";
import type { HeldOutItem } from "../../../scripts/demo/corpus/types.ts";
import { isRight, scoreAnswers, scoreReport } from "../../../scripts/demo/score.ts";

function item(id: string, domain: string, expected: string, keyFacts: readonly string[]): HeldOutItem {
  return { id, domain, messages: [{ role: "user", content: `question ${id}` }], expected, keyFacts };
}

const capital = item("1", "capitals", "The capital of France is Paris.", ["Paris"]);
const sum = item("2", "sums", "27 + 45: 7 + 5 = 12, 2 + 4 + 1 = 7. The answer is 72.", ["answer is 72"]);
const unknown = item("3", "decline", DECLINE_ANSWER, ["don't know"]);

test("case, spacing and punctuation do not count", () => {
  expect(isRight(capital, "  the capital of france is PARIS ")).toBe(true);
});

test("another sentence with the same key facts is right, one without them is wrong", () => {
  expect(isRight(capital, "It is Paris.")).toBe(true);
  expect(isRight(capital, "The capital of France is Rome.")).toBe(false);
  expect(isRight(capital, "")).toBe(false);
});

test("a key fact is whole words: a part of a word does not count", () => {
  const licence = item("4", "project", "It has the MIT licence.", ["MIT"]);
  expect(isRight(licence, "There is no limit.")).toBe(false);
  expect(isRight(licence, "MIT!")).toBe(true);
});

test("each key fact must be said, in one of its alternatives", () => {
  const two = item("5", "project", "a", ["npm ci", "start|run"]);
  expect(isRight(two, "Use npm ci and run it.")).toBe(true);
  expect(isRight(two, "Use npm ci.")).toBe(false);
});

test("a sum is judged by its final number", () => {
  expect(isRight(sum, "72")).toBe(true);
  expect(isRight(sum, "27 + 45: 7 + 5 = 12, 2 + 4 + 1 = 7. The answer is 73.")).toBe(false);
  expect(isRight(sum, "The answer is 72. Or 71.")).toBe(false);
  expect(isRight(sum, "I add 27 and 45.")).toBe(false);
});

test("a declined question is right only where declining is", () => {
  expect(isRight(unknown, "I am a tiny model; I don't know that.")).toBe(true);
  expect(isRight(unknown, "The capital of Narnia is Paris.")).toBe(false);
  expect(isRight(capital, DECLINE_ANSWER)).toBe(false);
});

test("scores count by domain, name each miss, and say what was wrongly declined", () => {
  const scores = scoreAnswers(
    [capital, sum, unknown, { ...capital, id: "6" }],
    new Map([
      ["1", "Paris."],
      ["2", "The answer is 70."],
      ["6", DECLINE_ANSWER],
    ]),
  );
  expect(scores.domains).toEqual([
    { domain: "capitals", right: 1, total: 2, wronglyDeclined: 1 },
    { domain: "sums", right: 0, total: 1, wronglyDeclined: 0 },
    { domain: "decline", right: 0, total: 1, wronglyDeclined: 0 },
  ]);
  expect(scores.misses.map(({ item: { id }, answer }) => [id, answer])).toEqual([
    ["2", "The answer is 70."],
    ["3", undefined],
    ["6", DECLINE_ANSWER],
  ]);
  const report = scoreReport(scores);
  expect(report).toContain("capitals                 1 of 2 (50.0 %, 1 declined)");
  expect(report).toContain("got:      nothing");
});
