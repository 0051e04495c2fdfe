/**
 * Sizes of axes that are known only when a graph runs, kept exact: a dimension is a number or a product of powers of
 * names, written canonically (`rows`, `rows/length`, `2*rows/length`). Equal texts are equal sizes.
 *
 * Reshapes with one open axis can so be followed, and undone in the backward graph.
 */
import { AiBlockError } from "../../../core/errors.ts";
import type { Dimension } from "../../graph/graph.ts";

export type Shape = readonly Dimension[];

/** numerator / denominator * product of name^power */
interface Monomial {
  numerator: number;
  denominator: number;
  readonly powers: Map<string, number>;
}

export function product(dimensions: Shape): Dimension {
  const result = one();
  for (const dimension of dimensions) multiply(result, dimension, 1);
  return text(result);
}

export function quotient(dividend: Dimension, divisor: Dimension): Dimension {
  const result = one();
  multiply(result, dividend, 1);
  multiply(result, divisor, -1);
  return text(result);
}

/** The sum, which must be a number or a multiple of one product: everything else has no canonical text here. */
export function sum(dimensions: Shape): Dimension {
  const [first = 0] = dimensions;
  if (dimensions.every((dimension) => typeof dimension === "number")) {
    return (dimensions as readonly number[]).reduce((total, dimension) => total + dimension, 0);
  }
  if (dimensions.length === 1) return first;
  throw new AiBlockError("shape_unknown", `dimensions: the sum of ${dimensions.join(" and ")} has no name`);
}

function one(): Monomial {
  return { numerator: 1, denominator: 1, powers: new Map() };
}

function multiply(into: Monomial, dimension: Dimension, sign: 1 | -1): void {
  if (typeof dimension === "number") {
    if (sign === 1) into.numerator *= dimension;
    else into.denominator *= dimension;
    return;
  }
  for (const factor of dimension.split(/(?=[*/])/)) {
    const divided = factor.startsWith("/");
    const name = factor.replace(/^[*/]/, "");
    const power = divided ? -sign : sign;
    if (/^\d+$/.test(name)) {
      if (power > 0) into.numerator *= Number(name);
      else into.denominator *= Number(name);
    } else into.powers.set(name, (into.powers.get(name) ?? 0) + power);
  }
}

function text({ numerator, denominator, powers }: Monomial): Dimension {
  const shared = greatestCommonDivisor(numerator, denominator);
  const [above, below] = [numerator / shared, denominator / shared];
  const named = [...powers].filter(([, power]) => power !== 0).sort(([a], [b]) => (a < b ? -1 : 1));
  if (named.length === 0 && below === 1) return above;
  const times = named.flatMap(([name, power]) => Array<string>(Math.max(power, 0)).fill(name));
  const over = named.flatMap(([name, power]) => Array<string>(Math.max(-power, 0)).fill(name));
  const left = above === 1 && times.length > 0 ? times : [String(above), ...times];
  return [left.join("*"), ...(below === 1 ? [] : [String(below)]), ...over].join("/");
}

function greatestCommonDivisor(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y !== 0) [x, y] = [y, x % y];
  return x === 0 ? 1 : x;
}
