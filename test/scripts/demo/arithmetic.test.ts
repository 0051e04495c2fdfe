import {
  resultOf,
  SUM_FOLLOW_UPS,
  SUM_TEMPLATES,
  type Sum,
  sumAnswer,
  sumFollowUpQuestion,
  sumQuestion,
} from "../../../scripts/demo/corpus/arithmetic.ts";
import { splitArithmetic } from "../../../scripts/demo/corpus/arithmeticSplit.ts";
import { Random } from "../../../scripts/support/random.ts";
import { statedPairs } from "./statedPairs.ts";

const split = splitArithmetic(new Random(1));
const everySum: Sum[] = [...Object.values(split.train).flat(), ...Object.values(split.heldOut).flat()];

test("every step that an answer states is true, and the last one gives the result", () => {
  const wrong = everySum.filter((sum) => {
    const answer = sumAnswer(sum);
    const steps = [...answer.matchAll(/([\d +\-x]+) = (\d+)/g)];
    const areTrue = steps.every(([, left = "", right]) => computed(left) === Number(right));
    return !areTrue || answer.match(/The answer is (\d+)\.$/)?.[1] !== String(resultOf(sum));
  });
  expect(wrong).toEqual([]);
});

test("no step is harder than two digits and a carry", () => {
  const hard = everySum.filter((sum) => {
    if (sum.operation === "x") return false;
    const steps = [...sumAnswer(sum).matchAll(/([\d +-]+) = \d+/g)];
    return steps.some(([, left = ""]) => {
      const [first = 0, ...others] = left.split(/[+-]/).map(Number);
      return first > 18 || others.some((number) => number > 10);
    });
  });
  expect(hard).toEqual([]);
});

test("sums of at most 100, differences, and the table to 12 are all there", () => {
  const groups = { ...split.train };
  const count = (name: keyof typeof groups) => split.train[name].length + split.heldOut[name].length;
  expect(count("sums")).toBe((101 * 102) / 2);
  expect(count("differences")).toBe((101 * 102) / 2);
  expect(count("products")).toBe(13 * 13);
});

test("about 8 % of the pairs of sums and differences are held out, in both orders, and some products", () => {
  for (const name of ["sums", "differences"] as const) {
    const share = split.heldOut[name].length / (split.heldOut[name].length + split.train[name].length);
    expect(share).toBeGreaterThan(0.06);
    expect(share).toBeLessThan(0.1);
  }
  const pairs = [...split.heldOut.sums, ...split.heldOut.products];
  expect(
    pairs.filter(({ operation, left, right }) => !split.isHeldOut({ operation, left: right, right: left })),
  ).toEqual([]);
  expect(split.heldOut.products.length).toBeGreaterThanOrEqual(6);
});

test("no training answer needs a held-out pair as a step", () => {
  const steps = Object.values(split.train).flatMap((sums) => sums.flatMap((sum) => statedPairs(sumAnswer(sum))));
  expect(steps.length).toBeGreaterThan(10_000);
  expect(steps.filter((step) => split.isHeldOut(step))).toEqual([]);
});

test("a template says both numbers, in the order of the operation", () => {
  for (const [operation, templates] of Object.entries(SUM_TEMPLATES)) {
    for (const template of templates) {
      const said = sumQuestion(template, { operation: operation as Sum["operation"], left: 37, right: 25 });
      expect(said.match(/\d+/g)?.toSorted()).toEqual(["25", "37"]);
      expect(said).not.toMatch(/(?<![A-Za-z])[AB](?![A-Za-z])/);
    }
  }
  expect(sumQuestion("Add B to A.", { operation: "+", left: 37, right: 25 })).toBe("Add 25 to 37.");
  expect(sumQuestion("AxB", { operation: "x", left: 7, right: 8 })).toBe("7x8");
  expect(
    Object.values(SUM_FOLLOW_UPS)
      .flat()
      .every((template) => template.includes("{n}")),
  ).toBe(true);
});

test("a follow-up says the number and leaves its words whole", () => {
  const random = new Random(3);
  const said = Array.from({ length: 100 }, () => sumFollowUpQuestion("+", 13, random));
  expect(said).toContain("Now add 13.");
  expect(said.every((question) => question.match(/\d+/g)?.join() === "13")).toBe(true);
});

function computed(expression: string): number {
  if (expression.includes("x")) {
    return expression.split("x").reduce((product, number) => product * Number(number), 1);
  }
  return (
    expression
      .replaceAll(" ", "")
      .match(/[+-]?\d+/g)
      ?.reduce((sum, number) => sum + Number(number), 0) ?? Number.NaN
  );
}
