/** Normalisation along the last axis: norms with weights, and softmax. */
import type { Value } from "../../../graph/graph.ts";
import { sumTo } from "../broadcast.ts";
import {
  floatAttribute,
  type GradientContext,
  intAttribute,
  type Operator,
  type OperatorTable,
  onlyGradient,
  positiveAxis,
  type ShapeContext,
} from "../operator.ts";

/** The same shape; only the last axis may be normalised. */
function alongLastAxis({ node, shape }: ShapeContext): (readonly (number | string)[])[] {
  const axis = positiveAxis(intAttribute(node, "axis", -1), shape(0).length);
  if (axis !== shape(0).length - 1) throw new TypeError(`${node.op}: only the last axis is supported`);
  return [shape(0)];
}

function mean({ g }: GradientContext, value: Value): Value {
  return g.op("ReduceMean", [value, g.integers([-1])], { keepdims: 1 });
}

/** 1 / sqrt(mean(x^2) + epsilon) */
function inverseDeviation(context: GradientContext, x: Value, epsilon: number): Value {
  const { g } = context;
  const square = mean(context, g.op("Mul", [x, x]));
  return g.op("Div", [g.floats([1], []), g.op("Sqrt", [g.op("Add", [square, g.floats([epsilon], [])])])]);
}

/** y = w n with n = x r, r = 1 / rms(x): dx = r (w dy - n mean(n w dy)), dw = sum of n dy. */
const rmsNorm: Operator = {
  shapes: alongLastAxis,
  gradients: (context) => {
    const { node, input } = context;
    const r = inverseDeviation(context, input(0), floatAttribute(node, "epsilon", 1e-5));
    return normGradients(context, context.g.op("Mul", [input(0), r]), r, false);
  },
};

/** y = w n + b with n = c r, c = x - mean(x): the mean of w dy is taken off as well. */
const layerNorm: Operator = {
  shapes: alongLastAxis,
  gradients: (context) => {
    const { g, node, input } = context;
    const centred = g.op("Sub", [input(0), mean(context, input(0))]);
    const r = inverseDeviation(context, centred, floatAttribute(node, "epsilon", 1e-5));
    return normGradients(context, g.op("Mul", [centred, r]), r, true);
  },
};

/** Gradients of input, weight and, if there is one, bias; `n` is the normalised input. */
function normGradients(context: GradientContext, n: Value, r: Value, centred: boolean): (Value | undefined)[] {
  const { g, node, needs, inputShape } = context;
  const dy = onlyGradient(context);
  const product = g.op("Mul", [dy, n]);
  return [
    needs(0) ? inputGradient(context, { dy, product, n, r }, centred) : undefined,
    needs(1) ? sumTo(g, product, inputShape(0), inputShape(1)) : undefined,
    needs(2) ? sumTo(g, dy, inputShape(0), inputShape(2)) : undefined,
  ].slice(0, node.inputs.length);
}

interface NormValues {
  readonly dy: Value;
  /** dy n */
  readonly product: Value;
  readonly n: Value;
  readonly r: Value;
}

function inputGradient(context: GradientContext, { dy, product, n, r }: NormValues, centred: boolean): Value {
  const { g, input, inputShape } = context;
  const weighted = g.op("Mul", [dy, input(1)]);
  // The mean of w n dy as a product of n dy with the weights: one pass instead of two.
  const column = g.op("Unsqueeze", [input(1), g.integers([1])]);
  const share = g.floats([1 / Number(inputShape(1)[0])], []);
  const along = g.op("Mul", [g.op("MatMul", [product, column]), share]);
  const rest = g.op("Sub", [weighted, g.op("Mul", [n, along])]);
  return g.op("Mul", [centred ? g.op("Sub", [rest, mean(context, weighted)]) : rest, r]);
}

function total({ g }: GradientContext, value: Value): Value {
  return g.op("ReduceSum", [value, g.integers([-1])], { keepdims: 1 });
}

/** dx = y (dy - sum(y dy)) */
const softmax: Operator = {
  shapes: alongLastAxis,
  gradients: (context) => {
    const { g, output } = context;
    const dy = onlyGradient(context);
    return [g.op("Mul", [output(0), g.op("Sub", [dy, total(context, g.op("Mul", [output(0), dy]))])])];
  },
};

/** dx = dy - exp(y) sum(dy) */
const logSoftmax: Operator = {
  shapes: alongLastAxis,
  gradients: (context) => {
    const { g, output } = context;
    const dy = onlyGradient(context);
    return [g.op("Sub", [dy, g.op("Mul", [g.op("Exp", [output(0)]), total(context, dy)])])];
  },
};

export const NORMALISATION: OperatorTable = new Map([
  ["RMSNormalization", rmsNorm],
  ["LayerNormalization", layerNorm],
  ["Softmax", softmax],
  ["LogSoftmax", logSoftmax],
]);
