/** The pairs of numbers that an answer computes with: "27 + 45" and "7 + 5", but not a part of "2 + 4 + 1". */
import type { Sum } from "../../../scripts/demo/corpus/arithmetic.ts";

export function statedPairs(answer: string): Sum[] {
  return [...answer.matchAll(/(?<![+\-x] )\b(\d+) ([+\-x]) (\d+)\b(?! [+\-x])/g)].map(([, left, operation, right]) => ({
    operation: operation as Sum["operation"],
    left: Number(left),
    right: Number(right),
  }));
}
