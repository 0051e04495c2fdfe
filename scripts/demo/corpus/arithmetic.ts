/**
 * Sums, differences and the multiplication table, answered in visible steps of one digit each.
 *
 * A step never needs more than two digits and a carry, so a pair of numbers that training never had can be computed from
 * steps that it had: "27 + 45: 7 + 5 = 12, 2 + 4 + 1 = 7. The answer is 72."
 */
import type { Random } from "../../support/random.ts";

export type Operation = "+" | "-" | "x";

export interface Sum {
  readonly operation: Operation;
  readonly left: number;
  readonly right: number;
}

export function resultOf({ operation, left, right }: Sum): number {
  if (operation === "+") return left + right;
  return operation === "-" ? left - right : left * right;
}

export function sumAnswer(sum: Sum): string {
  const { operation, left, right } = sum;
  const steps = stepsOf(sum);
  return `${left} ${operation} ${right}:${steps === "" ? "" : ` ${steps}.`} The answer is ${resultOf(sum)}.`;
}

function stepsOf({ operation, left, right }: Sum): string {
  const [leftUnits, rightUnits] = [left % 10, right % 10];
  const [leftTens, rightTens] = [(left - leftUnits) / 10, (right - rightUnits) / 10];
  if (operation === "x") return productSteps(left, right);
  if (leftTens === 0 && rightTens === 0) return "";
  if (operation === "+") {
    const units = leftUnits + rightUnits;
    const carry = units > 9 ? " + 1" : "";
    const tens = leftTens + rightTens + (units > 9 ? 1 : 0);
    return `${leftUnits} + ${rightUnits} = ${units}, ${leftTens} + ${rightTens}${carry} = ${tens}`;
  }
  // Its step 10 - 10 would be a pair of its own, which may be held out.
  if (leftTens === 10 && rightTens === 10) return "";
  const borrows = leftUnits < rightUnits;
  const units = leftUnits + (borrows ? 10 : 0);
  const tens = leftTens - rightTens - (borrows ? 1 : 0);
  return `${units} - ${rightUnits} = ${units - rightUnits}, ${leftTens} - ${rightTens}${borrows ? " - 1" : ""} = ${tens}`;
}

/** 11 and 12 are ten and a little: the first factor, or else the second one, is taken apart. */
function productSteps(left: number, right: number): string {
  const [large, other] = left > 10 ? [left, right] : [right, left];
  if (large <= 10 || other === 0) return "";
  const [most, rest] = [10 * other, (large - 10) * other];
  return `10 x ${other} = ${most}, ${large - 10} x ${other} = ${rest}`;
}

/** `A` and `B` are the numbers. */
export const SUM_TEMPLATES: Readonly<Record<Operation, readonly string[]>> = {
  "+": [
    "What is A + B?",
    "A + B",
    "A+B",
    "A plus B",
    "What is A plus B?",
    "Add A and B.",
    "How much is A + B?",
    "What's A plus B?",
    "What's A + B?",
    "Calculate A + B.",
    "What is the sum of A and B?",
    "Compute A plus B.",
    "A + B = ?",
    "A+B=",
    "Can you add A and B?",
    "How much is A plus B?",
    "Add B to A.",
    "The sum of A and B?",
  ],
  "-": [
    "What is A - B?",
    "A - B",
    "A-B",
    "A minus B",
    "What is A minus B?",
    "Take B from A.",
    "Subtract B from A.",
    "How much is A - B?",
    "What's A minus B?",
    "What's A - B?",
    "Calculate A - B.",
    "A take away B",
    "What is the difference between A and B?",
    "A - B = ?",
    "A-B=",
    "How much is A minus B?",
    "Can you take B from A?",
    "Take B away from A.",
  ],
  x: [
    "What is A x B?",
    "A x B",
    "AxB",
    "A * B",
    "A*B",
    "A times B",
    "What is A times B?",
    "Multiply A by B.",
    "Multiply A and B.",
    "How much is A times B?",
    "What's A times B?",
    "What is A * B?",
    "Calculate A x B.",
    "The product of A and B?",
    "What is the product of A and B?",
    "A x B = ?",
    "A × B",
    "What is A × B?",
  ],
};

export function sumQuestion(template: string, { left, right }: Sum): string {
  return template.replaceAll(/(?<![A-Za-z])A(?![a-wyz])|(?<![A-Za-wyz])B(?![A-Za-z])/g, (letter) =>
    String(letter === "A" ? left : right),
  );
}

/** What is asked after a result: `{n}` is the number. */
export const SUM_FOLLOW_UPS: Readonly<Record<"+" | "-", readonly string[]>> = {
  "+": ["And {n} more?", "Plus {n}?", "And plus {n}?", "Now add {n}.", "Add {n} to that.", "And {n} more, what is it?"],
  "-": [
    "Minus {n}?",
    "And minus {n}?",
    "Now take {n} away.",
    "Take {n} from that.",
    "And {n} less?",
    "Now subtract {n}.",
  ],
};

export function sumFollowUpQuestion(operation: "+" | "-", right: number, random: Random): string {
  return random.pick(SUM_FOLLOW_UPS[operation]).replaceAll("{n}", String(right));
}
