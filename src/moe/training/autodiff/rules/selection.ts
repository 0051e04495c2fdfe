/** Operators that pick elements by index or condition. Indices and conditions have no gradient. */
import type { Value } from "../../../graph/graph.ts";
import { broadcastShapes, unbroadcast } from "../broadcast.ts";
import {
  type GradientContext,
  intAttribute,
  type Operator,
  type OperatorTable,
  onlyGradient,
  positiveAxis,
} from "../operator.ts";

/** Rows of a table: the gradient of a row is the sum over all places that picked it. Axis 0 only. */
const gather: Operator = {
  shapes: ({ node, shape }) => {
    if (intAttribute(node, "axis", 0) !== 0) throw new TypeError("Gather: only axis 0 is supported");
    return [[...shape(1), ...shape(0).slice(1)]];
  },
  gradients: (context) => {
    const { g, input } = context;
    const rows = g.op("Unsqueeze", [g.op("Cast", [input(1)], { to: 7 }), g.integers([-1])]);
    const table = zerosLike(context, 0);
    return [g.op("ScatterND", [table, rows, onlyGradient(context)], { reduction: "add" }), undefined];
  },
};

const gatherElements: Operator = {
  shapes: ({ shape }) => [shape(1)],
  gradients: (context) => {
    const { g, node, input, inputShape } = context;
    const axis = positiveAxis(intAttribute(node, "axis", 0), inputShape(0).length);
    const inputs = [zerosLike(context, 0), input(1), onlyGradient(context)];
    return [g.op("ScatterElements", inputs, { axis, reduction: "add" }), undefined];
  },
};

/** Values and indices of the largest entries along the last axis; only the values have a gradient. */
const topK: Operator = {
  shapes: ({ shape, sizes }) => {
    const chosen = shape(0).with(-1, sizes(1)[0] ?? 1);
    return [chosen, chosen];
  },
  gradients: (context) => {
    const { g, output, inputShape } = context;
    const inputs = [zerosLike(context, 0), output(1), onlyGradient(context)];
    return [g.op("ScatterElements", inputs, { axis: inputShape(0).length - 1, reduction: "add" }), undefined];
  },
};

/** The condition is the first input. */
const where: Operator = {
  shapes: ({ shape }) => [[0, 1, 2].map(shape).reduce(broadcastShapes)],
  gradients: (context) => {
    const { g, input, needs } = context;
    const dy = onlyGradient(context);
    const zero = g.floats([0], []);
    return [
      undefined,
      needs(1) ? unbroadcast(context, 1, g.op("Where", [input(0), dy, zero])) : undefined,
      needs(2) ? unbroadcast(context, 2, g.op("Where", [input(0), zero, dy])) : undefined,
    ];
  },
};

function zerosLike({ g, input }: GradientContext, index: number): Value {
  return g.op("Expand", [g.floats([0], []), g.op("Shape", [input(index)])]);
}

export const SELECTION: OperatorTable = new Map([
  ["Gather", gather],
  ["GatherElements", gatherElements],
  ["TopK", topK],
  ["Where", where],
]);
