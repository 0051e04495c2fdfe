/** Matrix products. */
import type { Value } from "../../../graph/graph.ts";
import { broadcastShapes, sumTo } from "../broadcast.ts";
import type { Shape } from "../dimension.ts";
import {
  floatAttribute,
  type GradientContext,
  intAttribute,
  type Operator,
  type OperatorTable,
  onlyGradient,
} from "../operator.ts";

/** Stacks of matrices; the leading axes broadcast. Both inputs have at least two axes. */
const matMul: Operator = {
  shapes: ({ shape }) => [productShape(shape(0), shape(1))],
  gradients: (context) => {
    const { g, input, inputShape, needs } = context;
    const dy = onlyGradient(context);
    const part = (index: 0 | 1, left: () => Value, right: () => Value, shape: () => Shape): Value | undefined =>
      needs(index) ? sumTo(g, g.op("MatMul", [left(), right()]), shape(), inputShape(index)) : undefined;
    const [a, b] = [inputShape(0), inputShape(1)];
    const y = context.outputShape(0);
    return [
      part(
        0,
        () => dy,
        () => transposed(context, input(1), b),
        () => productShape(y, swapped(b)),
      ),
      part(
        1,
        () => transposed(context, input(0), a),
        () => dy,
        () => productShape(swapped(a), y),
      ),
    ];
  },
};

function productShape(a: Shape, b: Shape): Shape {
  return [...broadcastShapes(a.slice(0, -2), b.slice(0, -2)), a.at(-2) ?? 1, b.at(-1) ?? 1];
}

function swapped(shape: Shape): Shape {
  return [...shape.slice(0, -2), shape.at(-1) ?? 1, shape.at(-2) ?? 1];
}

/** onnxruntime joins the transposition with the product. */
function transposed({ g }: GradientContext, value: Value, shape: Shape): Value {
  const last = shape.length - 1;
  return g.op("Transpose", [value], { perm: shape.map((_, axis) => (axis < last - 1 ? axis : 2 * last - 1 - axis)) });
}

/** alpha op(A) op(B) + beta C, where op transposes or not. */
const gemm: Operator = {
  shapes: ({ node, shape }) => {
    const rows = shape(0)[intAttribute(node, "transA", 0) === 1 ? 1 : 0] ?? 1;
    const columns = shape(1)[intAttribute(node, "transB", 0) === 1 ? 0 : 1] ?? 1;
    return [[rows, columns]];
  },
  gradients: (context) => {
    const { g, node, input, needs } = context;
    const dy = onlyGradient(context);
    const transA = intAttribute(node, "transA", 0);
    const transB = intAttribute(node, "transB", 0);
    const alpha = { float: floatAttribute(node, "alpha", 1) };
    const beta = floatAttribute(node, "beta", 1);
    const dA = (): Value =>
      transA === 0
        ? g.op("Gemm", [dy, input(1)], { transB: 1 - transB, alpha })
        : g.op("Gemm", [input(1), dy], { transA: transB, transB: 1, alpha });
    const dB = (): Value =>
      transB === 0
        ? g.op("Gemm", [input(0), dy], { transA: 1 - transA, alpha })
        : g.op("Gemm", [dy, input(0)], { transA: 1, transB: transA, alpha });
    const dC = (): Value => {
      const scaled = beta === 1 ? dy : g.op("Mul", [dy, g.floats([beta], [])]);
      return sumTo(g, scaled, context.outputShape(0), context.inputShape(2));
    };
    return [dA, dB, dC].slice(0, node.inputs.length).map((rule, index) => (needs(index) ? rule() : undefined));
  },
};

export const PRODUCTS: OperatorTable = new Map([
  ["MatMul", matMul],
  ["Gemm", gemm],
]);
