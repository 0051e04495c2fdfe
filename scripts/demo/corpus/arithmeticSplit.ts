/**
 * Which pairs of numbers are held out. Pairs that other answers need as a step are never held out: sums and differences
 * of single digits, and what a borrowing step subtracts.
 */
import type { Random } from "../../support/random.ts";
import type { Sum } from "./arithmetic.ts";

const HELD_OUT_SHARE = 0.08;
const HELD_OUT_PRODUCTS = 6;

export interface ArithmeticSplit {
  readonly train: Readonly<Record<"sums" | "largeSums" | "differences" | "products", readonly Sum[]>>;
  readonly heldOut: Readonly<Record<"sums" | "largeSums" | "differences" | "products", readonly Sum[]>>;
  /** Whether training must not see this pair. Sums and products count in either order. */
  isHeldOut(sum: Sum): boolean;
}

export function splitArithmetic(random: Random): ArithmeticSplit {
  const heldOutKeys = new Set<string>();
  const isHeldOut = (sum: Sum): boolean => heldOutKeys.has(keyOf(sum));
  const all = { sums: sumsTo(100), largeSums: sumsAbove(100), differences: differences(), products: products() };
  for (const sum of [...all.sums, ...all.largeSums, ...all.differences]) {
    const isStep = sum.right < 10 && (sum.left < 20 || (sum.operation === "+" && sum.left < 10));
    if (sum.left < 10 && sum.right < 10) continue;
    if (sum.operation === "-" && isStep) continue;
    if (sum.operation === "+" && sum.left > sum.right) continue;
    if (random.chance(HELD_OUT_SHARE)) heldOutKeys.add(keyOf(sum));
  }
  const hard = all.products.filter(({ left, right }) => left > 10 && right > 2 && right < 12 && right !== 10);
  for (const sum of random.shuffle(hard).slice(0, HELD_OUT_PRODUCTS)) heldOutKeys.add(keyOf(sum));
  return {
    train: selected(all, (sum) => !isHeldOut(sum)),
    heldOut: selected(all, isHeldOut),
    isHeldOut,
  };
}

type Groups = Readonly<Record<"sums" | "largeSums" | "differences" | "products", readonly Sum[]>>;

function selected(groups: Groups, test: (sum: Sum) => boolean): Groups {
  return {
    sums: groups.sums.filter(test),
    largeSums: groups.largeSums.filter(test),
    differences: groups.differences.filter(test),
    products: groups.products.filter(test),
  };
}

function keyOf({ operation, left, right }: Sum): string {
  const [first, second] = operation === "-" || left <= right ? [left, right] : [right, left];
  return `${first} ${operation} ${second}`;
}

const upTo = (most: number): number[] => Array.from({ length: most + 1 }, (_, i) => i);

function sumsTo(most: number): Sum[] {
  return upTo(100).flatMap((left) => upTo(most - left).map((right) => ({ operation: "+", left, right })));
}

function sumsAbove(least: number): Sum[] {
  return upTo(99).flatMap((left) =>
    upTo(99)
      .filter((right) => left + right > least)
      .map((right) => ({ operation: "+" as const, left, right })),
  );
}

function differences(): Sum[] {
  return upTo(100).flatMap((left) => upTo(left).map((right) => ({ operation: "-", left, right })));
}

function products(): Sum[] {
  return upTo(12).flatMap((left) => upTo(12).map((right) => ({ operation: "x", left, right })));
}
