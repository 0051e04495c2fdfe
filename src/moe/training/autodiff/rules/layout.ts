/** Operators that only move elements. */
import type { Value } from "../../../graph/graph.ts";
import { broadcastShapes, reshape, sumTo } from "../broadcast.ts";
import { product, quotient, type Shape, sum } from "../dimension.ts";
import {
  type GradientContext,
  intAttribute,
  intsAttribute,
  type Operator,
  type OperatorTable,
  onlyGradient,
  positiveAxis,
  type ShapeContext,
} from "../operator.ts";

const identity: Operator = {
  shapes: ({ shape }) => [shape(0)],
  gradients: (context) => [onlyGradient(context)],
};

/** Any operator whose gradient is the same elements in the input's shape. */
function reshaping(shapes: (context: ShapeContext) => Shape): Operator {
  return {
    shapes: (context) => [shapes(context)],
    gradients: (context) => {
      const { g, inputShape, outputShape, sizeInput } = context;
      return [reshape(g, onlyGradient(context), outputShape(0), inputShape(0), sizeInput), undefined];
    },
  };
}

/** In the target, 0 copies the size of the same axis and -1 is what is left. */
function reshapedShape({ shape, sizes }: ShapeContext): Shape {
  const from = shape(0);
  const target = sizes(1).map((size, axis) => (size === 0 ? (from[axis] ?? 1) : size));
  const open = target.indexOf(-1);
  if (open < 0) return target;
  return target.with(open, quotient(product(from), product(target.filter((_, axis) => axis !== open))));
}

function unsqueezedShape({ shape, sizes }: ShapeContext): Shape {
  const result = [...shape(0)];
  const rank = result.length + sizes(1).length;
  const axes = sizes(1).map((axis) => positiveAxis(Number(axis), rank));
  for (const axis of axes.sort((a, b) => a - b)) result.splice(axis, 0, 1);
  return result;
}

function squeezedShape({ shape, sizes }: ShapeContext): Shape {
  const axes = new Set(sizes(1).map((axis) => positiveAxis(Number(axis), shape(0).length)));
  return shape(0).filter((_, axis) => !axes.has(axis));
}

const transpose: Operator = {
  shapes: ({ node, shape }) => [permutation(node, shape(0)).map((axis) => shape(0)[axis] ?? 1)],
  gradients: (context) => {
    const perm = permutation(context.node, context.inputShape(0));
    const inverse = perm.map((_, axis) => perm.indexOf(axis));
    return [context.g.op("Transpose", [onlyGradient(context)], { perm: inverse })];
  },
};

function permutation(node: ShapeContext["node"], shape: Shape): readonly number[] {
  return intsAttribute(node, "perm") ?? shape.map((_, axis) => shape.length - 1 - axis);
}

const concat: Operator = {
  shapes: ({ node, shape }) => {
    const axis = positiveAxis(intAttribute(node, "axis", 0), shape(0).length);
    return [shape(0).with(axis, sum(node.inputs.map((_, index) => shape(index)[axis] ?? 1)))];
  },
  gradients: (context) => {
    const { g, node, inputShape } = context;
    const axis = positiveAxis(intAttribute(node, "axis", 0), inputShape(0).length);
    const sizes = node.inputs.map((_, index) => Number(inputShape(index)[axis]));
    return g.ops("Split", [onlyGradient(context), g.integers(sizes)], sizes.length, { axis });
  },
};

/** Sizes along the axis are a constant second input. */
const split: Operator = {
  shapes: ({ node, shape, sizes }) => {
    const axis = positiveAxis(intAttribute(node, "axis", 0), shape(0).length);
    return sizes(1).map((size) => shape(0).with(axis, size));
  },
  gradients: (context) => {
    const { g, node, inputShape } = context;
    const parts = node.outputs.map((_, index) => context.outputGradient(index) ?? zeros(context, index));
    return [
      g.op("Concat", parts, { axis: positiveAxis(intAttribute(node, "axis", 0), inputShape(0).length) }),
      undefined,
    ];
  },
};

function zeros({ g, output }: GradientContext, index: number): Value {
  return g.op("Expand", [g.floats([0], []), g.op("Shape", [output(index)])]);
}

const expand: Operator = {
  shapes: ({ shape, sizes }) => [broadcastShapes(shape(0), sizes(1))],
  gradients: (context) => {
    const { g, inputShape, outputShape } = context;
    return [sumTo(g, onlyGradient(context), outputShape(0), inputShape(0)), undefined];
  },
};

/**
 * Rotary positions are a rotation (times the scale in cosines and sines): its transpose turns the other way.
 * Inputs: x, cosines, sines.
 */
const rotary: Operator = {
  shapes: ({ shape }) => [shape(0)],
  gradients: (context) => {
    const { g, node, input } = context;
    const attributes = Object.fromEntries(
      ["interleaved", "num_heads", "rotary_embedding_dim"].map((name) => [name, intAttribute(node, name, 0)]),
    );
    const inputs = [onlyGradient(context), input(1), g.op("Neg", [input(2)])];
    return [g.op("RotaryEmbedding", inputs, attributes), undefined, undefined];
  },
};

export const LAYOUT: OperatorTable = new Map([
  ["Identity", identity],
  ["Reshape", reshaping(reshapedShape)],
  ["Unsqueeze", reshaping(unsqueezedShape)],
  ["Squeeze", reshaping(squeezedShape)],
  ["Transpose", transpose],
  ["Concat", concat],
  ["Split", split],
  ["Expand", expand],
  ["RotaryEmbedding", rotary],
  ["Shape", { shapes: ({ shape }) => [[shape(0).length]] }],
]);
