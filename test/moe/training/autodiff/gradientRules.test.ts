import type { Tensor } from "onnxruntime-common";
import { type AttributeValue, GraphBuilder } from "../../../../src/moe/graph/graph.ts";
import { OPERATORS } from "../../../../src/moe/training/autodiff/operators.ts";
import { integers, numbers, worstDifference } from "./finiteDifferences.ts";

interface Case {
  readonly op: string;
  readonly inputs: readonly Tensor[];
  /** Int64 vectors that follow the inputs as constants. */
  readonly constants?: readonly (readonly number[])[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly outputs?: number;
  readonly differentiable?: readonly number[];
  /** Outputs that the loss is made of. */
  readonly used?: readonly number[];
}

const cases: readonly Case[] = [
  { op: "Add", inputs: [numbers([3, 4], 1), numbers([4], 2)] },
  { op: "Add", inputs: [numbers([2, 1, 4], 1), numbers([3, 1], 2)] },
  { op: "Sub", inputs: [numbers([3, 4], 1), numbers([3, 1], 2)] },
  { op: "Mul", inputs: [numbers([3, 4], 1), numbers([1, 4], 2)] },
  { op: "Mul", inputs: [numbers([2, 3], 1), numbers([], 2)] },
  { op: "Div", inputs: [numbers([3, 4], 1), numbers([4], 2, 1, 2)] },
  { op: "Min", inputs: [numbers([3, 4], 1), numbers([4], 2)] },
  { op: "Max", inputs: [numbers([3, 4], 1), numbers([3, 4], 2)] },
  { op: "Neg", inputs: [numbers([5], 1)] },
  { op: "Sqrt", inputs: [numbers([5], 1, 1, 2)] },
  { op: "Exp", inputs: [numbers([5], 1)] },
  { op: "Log", inputs: [numbers([5], 1, 1, 2)] },
  { op: "Sigmoid", inputs: [numbers([2, 5], 1, -3, 3)] },
  { op: "Tanh", inputs: [numbers([2, 5], 1, -2, 2)] },
  { op: "Relu", inputs: [numbers([2, 5], 1)] },
  { op: "Erf", inputs: [numbers([2, 5], 1, -2, 2)] },
  { op: "MatMul", inputs: [numbers([3, 4], 1), numbers([4, 2], 2)] },
  { op: "MatMul", inputs: [numbers([2, 1, 3, 4], 1), numbers([5, 4, 2], 2)] },
  { op: "Gemm", inputs: [numbers([3, 4], 1), numbers([4, 2], 2)] },
  { op: "Gemm", inputs: [numbers([3, 4], 1), numbers([2, 4], 2), numbers([2], 3)], attributes: { transB: 1 } },
  {
    op: "Gemm",
    inputs: [numbers([4, 3], 1), numbers([4, 2], 2), numbers([3, 1], 3)],
    attributes: { transA: 1, alpha: { float: 0.5 }, beta: { float: -2 } },
  },
  { op: "Gemm", inputs: [numbers([4, 3], 1), numbers([2, 4], 2)], attributes: { transA: 1, transB: 1 } },
  { op: "ReduceSum", inputs: [numbers([2, 3, 4], 1)], constants: [[1]], attributes: { keepdims: 0 } },
  { op: "ReduceSum", inputs: [numbers([2, 3, 4], 1)], constants: [[-1]], attributes: { keepdims: 1 } },
  { op: "ReduceMean", inputs: [numbers([4, 4], 1)], constants: [[0]], attributes: { keepdims: 0 } },
  { op: "ReduceLogSumExp", inputs: [numbers([3, 4], 1)], constants: [[-1]], attributes: { keepdims: 1 } },
  { op: "ReduceLogSumExp", inputs: [numbers([3, 4], 1)], constants: [[1]], attributes: { keepdims: 0 } },
  { op: "Softmax", inputs: [numbers([3, 5], 1, -2, 2)], attributes: { axis: -1 } },
  { op: "LogSoftmax", inputs: [numbers([3, 5], 1, -2, 2)], attributes: { axis: -1 } },
  {
    op: "RMSNormalization",
    inputs: [numbers([2, 3, 6], 1), numbers([6], 2, 0.5, 1.5)],
    attributes: { axis: -1, epsilon: { float: 0.05 } },
  },
  {
    op: "LayerNormalization",
    inputs: [numbers([3, 6], 1), numbers([6], 2, 0.5, 1.5), numbers([6], 3)],
    attributes: { axis: -1, epsilon: { float: 0.05 } },
  },
  { op: "Identity", inputs: [numbers([3], 1)] },
  { op: "Reshape", inputs: [numbers([2, 6], 1)], constants: [[0, -1, 2]] },
  { op: "Unsqueeze", inputs: [numbers([2, 3], 1)], constants: [[0, -1]] },
  { op: "Squeeze", inputs: [numbers([2, 1, 3, 1], 1)], constants: [[1, -1]] },
  { op: "Transpose", inputs: [numbers([2, 3, 4], 1)], attributes: { perm: [2, 0, 1] } },
  { op: "Transpose", inputs: [numbers([2, 3], 1)] },
  { op: "Concat", inputs: [numbers([2, 3], 1), numbers([2, 1], 2)], attributes: { axis: -1 } },
  {
    op: "Split",
    inputs: [numbers([2, 5], 1)],
    constants: [[2, 3]],
    attributes: { axis: -1 },
    outputs: 2,
    used: [0, 1],
  },
  { op: "Split", inputs: [numbers([2, 5], 1)], constants: [[2, 3]], attributes: { axis: 1 }, outputs: 2, used: [1] },
  { op: "Expand", inputs: [numbers([3, 1], 1)], constants: [[2, 3, 4]] },
  {
    op: "RotaryEmbedding",
    inputs: [numbers([1, 3, 8], 1), numbers([1, 3, 2], 2), numbers([1, 3, 2], 3)],
    attributes: { num_heads: 2 },
    differentiable: [0],
  },
  {
    op: "RotaryEmbedding",
    inputs: [numbers([1, 3, 8], 1), numbers([1, 3, 1], 2), numbers([1, 3, 1], 3)],
    attributes: { num_heads: 2, interleaved: 1, rotary_embedding_dim: 2 },
    differentiable: [0],
  },
  { op: "Gather", inputs: [numbers([5, 3], 1), integers([4, 0, 4, 2], [2, 2])], differentiable: [0] },
  {
    op: "GatherElements",
    inputs: [numbers([3, 4], 1), integers([1, 1, 3, 0, 2, 2], [3, 2])],
    attributes: { axis: 1 },
    differentiable: [0],
  },
  {
    op: "TopK",
    inputs: [numbers([3, 5], 1)],
    constants: [[2]],
    attributes: { axis: -1 },
    outputs: 2,
    used: [0],
  },
];

test.each(cases.map((one, i) => [`${one.op} #${i}`, one] as const))(
  "%s: the gradient is the slope of the forward graph",
  (_, { op, inputs, constants = [], attributes = {}, outputs = 1, differentiable, used = [0] }) => {
    const g = new GraphBuilder(op);
    const names = inputs.map((tensor, i) => g.input(`x${i}`, tensor.type as "float32" | "int64", tensor.dims));
    const results = g.ops(op, [...names, ...constants.map((values) => g.integers(values))], outputs, attributes);
    // The shape of an output is what inference says; onnxruntime warns when it is wrong, so any rank may stand here.
    for (const i of used) g.output(`y${i}`, g.op("Mul", [results[i]!, g.floats([1], [])]), ["any"]);
    const feeds = Object.fromEntries(inputs.map((tensor, i) => [`x${i}`, tensor]));
    const checked = (differentiable ?? inputs.keys().toArray()).map((i) => `x${i}`);
    const worst = worstDifference(g.build(), { feeds, inputs: checked, outputs: used.map((i) => `y${i}`) });
    expect(worst).toBeLessThan(3e-3);
  },
);

test("Where: each branch gets the gradient of the elements taken from it", () => {
  const g = new GraphBuilder("where");
  const [a, b] = [g.input("a", "float32", [3, 4]), g.input("b", "float32", [4])];
  const taken = g.op("Less", [a, g.floats([0.1], [])]);
  g.output("y", g.op("Where", [taken, a, g.op("Exp", [b])]), [3, 4]);
  const feeds = { a: numbers([3, 4], 1), b: numbers([4], 2) };
  expect(worstDifference(g.build(), { feeds, inputs: ["a", "b"], outputs: ["y"], step: 1e-3 })).toBeLessThan(3e-3);
});

test("every operator with a gradient rule is checked against slopes", () => {
  const checked = new Set([...cases.map(({ op }) => op), "Where"]);
  const ruled = [...OPERATORS].filter(([, { gradients }]) => gradients !== undefined).map(([op]) => op);
  expect(ruled.filter((op) => !checked.has(op))).toEqual([]);
});
