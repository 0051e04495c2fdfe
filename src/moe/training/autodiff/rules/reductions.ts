/** Sums along axes. The axes are a constant second input; results may keep them with size 1. */
import { AiBlockError } from "../../../../core/errors.ts";
import type { Value } from "../../../graph/graph.ts";
import { reshape, sizeVector } from "../broadcast.ts";
import type { Shape } from "../dimension.ts";
import {
  type GradientContext,
  intAttribute,
  type Operator,
  type OperatorTable,
  onlyGradient,
  positiveAxis,
} from "../operator.ts";

type Rule = (context: GradientContext, dy: Value, kept: Shape) => Value;

/** `rule` gets the output's gradient with the reduced axes kept, of shape `kept`. */
function reduction(rule: Rule): Operator {
  return {
    shapes: ({ node, shape, sizes }) => {
      const axes = reducedAxes(sizes(1), shape(0));
      const keep = intAttribute(node, "keepdims", 1) === 1;
      return [keep ? keptShape(shape(0), axes) : shape(0).filter((_, axis) => !axes.has(axis))];
    },
    gradients: (context) => {
      const from = context.inputShape(0);
      const kept = keptShape(from, reducedAxes(context.inputSizes(1), from));
      const dy = reshape(context.g, onlyGradient(context), context.outputShape(0), kept, context.sizeInput);
      return [rule(context, dy, kept), undefined];
    },
  };
}

function reducedAxes(axes: Shape, shape: Shape): ReadonlySet<number> {
  return new Set(axes.map((axis) => positiveAxis(Number(axis), shape.length)));
}

function keptShape(shape: Shape, axes: ReadonlySet<number>): Shape {
  return shape.map((size, axis) => (axes.has(axis) ? 1 : size));
}

/** dy, of shape `kept`, repeated along the reduced axes. */
function spread({ g, input, inputShape, sizeInput }: GradientContext, dy: Value, kept: Shape): Value {
  const from = inputShape(0);
  // In the target of Expand a 1 leaves the axis as it is.
  const target = from.map((size, axis) =>
    size === kept[axis] ? 1 : typeof size === "number" ? size : sizeInput(size),
  );
  const known = target.filter((size) => size !== undefined);
  const whole = known.length === target.length ? sizeVector(g, known) : g.op("Shape", [input(0)]);
  return g.op("Expand", [dy, whole]);
}

function reducedCount(from: Shape, kept: Shape): number {
  return from.reduce<number>((count, size, axis) => {
    if (kept[axis] === size) return count;
    if (typeof size === "number") return count * size;
    throw new AiBlockError("shape_unknown", `ReduceMean: the size ${size} must be a number`);
  }, 1);
}

export const REDUCTIONS: OperatorTable = new Map<string, Operator>([
  ["ReduceSum", reduction(spread)],
  [
    "ReduceMean",
    reduction((context, dy, kept) => {
      const share = 1 / reducedCount(context.inputShape(0), kept);
      return spread(context, context.g.op("Mul", [dy, context.g.floats([share], [])]), kept);
    }),
  ],
  // d log(sum(exp x)) = exp(x - log(sum(exp x)))
  [
    "ReduceLogSumExp",
    reduction((context, dy, kept) => {
      const { g, input, output, outputShape, sizeInput } = context;
      const y = reshape(g, output(0), outputShape(0), kept, sizeInput);
      return g.op("Mul", [dy, g.op("Exp", [g.op("Sub", [input(0), y])])]);
    }),
  ],
]);
