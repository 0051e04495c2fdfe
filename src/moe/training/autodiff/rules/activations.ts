/** Activation functions. */
import type { Operator, OperatorTable } from "../operator.ts";
import { unary } from "./arithmetic.ts";

export const ACTIVATIONS: OperatorTable = new Map<string, Operator>([
  // s' = s (1 - s)
  [
    "Sigmoid",
    unary(({ g, output }, dy) =>
      g.op("Mul", [dy, g.op("Mul", [output(0), g.op("Sub", [g.floats([1], []), output(0)])])]),
    ),
  ],
  // tanh' = 1 - tanh^2
  [
    "Tanh",
    unary(({ g, output }, dy) =>
      g.op("Mul", [dy, g.op("Sub", [g.floats([1], []), g.op("Mul", [output(0), output(0)])])]),
    ),
  ],
  [
    "Relu",
    unary(({ g, input }, dy) => {
      const zero = g.floats([0], []);
      return g.op("Where", [g.op("Greater", [input(0), zero]), dy, zero]);
    }),
  ],
  // erf' = 2 / sqrt(pi) exp(-x^2)
  [
    "Erf",
    unary(({ g, input }, dy) => {
      const bell = g.op("Exp", [g.op("Neg", [g.op("Mul", [input(0), input(0)])])]);
      return g.op("Mul", [dy, g.op("Mul", [bell, g.floats([2 / Math.sqrt(Math.PI)], [])])]);
    }),
  ],
]);
