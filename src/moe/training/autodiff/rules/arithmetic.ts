/** Elementwise arithmetic with broadcasting. */
import type { Value } from "../../../graph/graph.ts";
import { broadcastShapes, unbroadcast } from "../broadcast.ts";
import type { Shape } from "../dimension.ts";
import {
  type GradientContext,
  type Operator,
  type OperatorTable,
  onlyGradient,
  type ShapeContext,
} from "../operator.ts";

/** y = f(x): `derivative` gives dy/dx times the gradient that arrived. */
export function unary(derivative: (context: GradientContext, gradient: Value) => Value): Operator {
  return {
    shapes: ({ shape }) => [shape(0)],
    gradients: (context) => [derivative(context, onlyGradient(context))],
  };
}

/** y = f(a, b); the two functions give the gradients before broadcasting is undone. */
function binary(
  first: (context: GradientContext, gradient: Value) => Value,
  second: (context: GradientContext, gradient: Value) => Value,
): Operator {
  return {
    shapes: broadcast,
    gradients: (context) => {
      const gradient = onlyGradient(context);
      return [first, second].map((rule, index) =>
        context.needs(index) ? unbroadcast(context, index, rule(context, gradient)) : undefined,
      );
    },
  };
}

function broadcast({ node, shape }: ShapeContext): Shape[] {
  return [node.inputs.map((_, index) => shape(index)).reduce(broadcastShapes)];
}

/** The smaller or larger of two: the gradient goes to the one that was chosen, to the first when both are equal. */
function choice(comparison: "LessOrEqual" | "GreaterOrEqual"): Operator {
  const chosen = ({ g, input }: GradientContext): Value => g.op(comparison, [input(0), input(1)]);
  return binary(
    (context, dy) => context.g.op("Where", [chosen(context), dy, context.g.floats([0], [])]),
    (context, dy) => context.g.op("Where", [chosen(context), context.g.floats([0], []), dy]),
  );
}

const comparison: Operator = { shapes: broadcast };

export const ARITHMETIC: OperatorTable = new Map<string, Operator>([
  [
    "Add",
    binary(
      (_, dy) => dy,
      (_, dy) => dy,
    ),
  ],
  [
    "Sub",
    binary(
      (_, dy) => dy,
      ({ g }, dy) => g.op("Neg", [dy]),
    ),
  ],
  [
    "Mul",
    binary(
      ({ g, input }, dy) => g.op("Mul", [dy, input(1)]),
      ({ g, input }, dy) => g.op("Mul", [dy, input(0)]),
    ),
  ],
  [
    "Div",
    binary(
      ({ g, input }, dy) => g.op("Div", [dy, input(1)]),
      // d(a/b)/db = -(a/b)/b
      ({ g, input, output }, dy) => g.op("Neg", [g.op("Div", [g.op("Mul", [dy, output(0)]), input(1)])]),
    ),
  ],
  ["Min", choice("LessOrEqual")],
  ["Max", choice("GreaterOrEqual")],
  ["Neg", unary(({ g }, dy) => g.op("Neg", [dy]))],
  // d sqrt(x) = 1 / (2 sqrt(x))
  ["Sqrt", unary(({ g, output }, dy) => g.op("Div", [dy, g.op("Add", [output(0), output(0)])]))],
  ["Exp", unary(({ g, output }, dy) => g.op("Mul", [dy, output(0)]))],
  ["Log", unary(({ g, input }, dy) => g.op("Div", [dy, input(0)]))],
  ["LessOrEqual", comparison],
  ["GreaterOrEqual", comparison],
  ["Less", comparison],
  ["Greater", comparison],
]);
