import { type Graph, GraphBuilder } from "../../../../src/moe/graph/graph.ts";
import { differentiate } from "../../../../src/moe/training/autodiff/differentiate.ts";
import { integers, numbers, worstDifference } from "./finiteDifferences.ts";

/** y = tanh(x W^T) v, with the product as an output that may be kept. */
function network(): Graph {
  const g = new GraphBuilder("network");
  const x = g.input("x", "float32", ["rows", 4]);
  const w = g.input("w", "float32", [3, 4]);
  const v = g.input("v", "float32", [3, 2]);
  const product = g.op("Gemm", [x, w], { transB: 1 });
  g.output("product", product, ["rows", 3]);
  g.output("y", g.op("MatMul", [g.op("Tanh", [product]), v]), ["rows", 2]);
  return g.build();
}

const feeds = { x: numbers([5, 4], 1), w: numbers([3, 4], 2), v: numbers([3, 2], 3) };

test.each([[[]], [["product"]]])("the gradient is the same whether %j is kept or computed again", (keep) => {
  const options = { feeds, inputs: ["x", "w", "v"], outputs: ["y"], keep };
  expect(worstDifference(network(), options)).toBeLessThan(3e-3);
});

test("a kept output is an input of the backward graph, and its product is not computed again", () => {
  const options = { inputs: ["x", "w"], outputs: ["y"] };
  const again = differentiate(network(), { ...options, keep: [] });
  const kept = differentiate(network(), { ...options, keep: ["product"] });
  const products = (graph: Graph): number => graph.nodes.filter(({ op }) => op === "Gemm").length;
  expect(kept.kept).toEqual(["product"]);
  expect(products(again.backward) - products(kept.backward)).toBe(1);
});

test("gradients of inputs that nobody wants are not computed", () => {
  const { backward } = differentiate(network(), { inputs: ["v"], outputs: ["y"], keep: ["product"] });
  expect(backward.outputs.map(({ name }) => name)).toEqual(["d.v"]);
  expect(backward.nodes.some(({ op }) => op === "Gemm")).toBe(false);
});

test("a value that is used twice gets the sum of both gradients", () => {
  const g = new GraphBuilder("twice");
  const x = g.input("x", "float32", [2, 3]);
  g.output("y", g.op("Mul", [g.op("Exp", [x]), g.op("Sigmoid", [x])]), [2, 3]);
  const checked = { feeds: { x: numbers([2, 3], 1) }, inputs: ["x"], outputs: ["y"] };
  expect(worstDifference(g.build(), checked)).toBeLessThan(3e-3);
});

test("shapes with two sizes that are known only at run time are followed through reshapes", () => {
  const g = new GraphBuilder("reshape");
  const x = g.input("x", "float32", ["rows", 4]);
  const length = g.input("length", "int64", [1]);
  const shape = g.op("Concat", [g.integers([-1]), length, g.integers([2, 2])], { axis: 0 });
  const bySequence = g.op("Transpose", [g.op("Reshape", [x, shape])], { perm: [0, 2, 1, 3] });
  const scores = g.op("MatMul", [bySequence, g.op("Transpose", [bySequence], { perm: [0, 1, 3, 2] })]);
  const back = g.op("Transpose", [g.op("MatMul", [scores, bySequence])], { perm: [0, 2, 1, 3] });
  g.output("y", g.op("Reshape", [back, g.integers([-1, 4])]), ["rows", 4]);
  const checked = { feeds: { x: numbers([6, 4], 1), length: integers([3], [1]) }, inputs: ["x"], outputs: ["y"] };
  expect(worstDifference(g.build(), checked)).toBeLessThan(3e-3);
});

test("an operator without a rule and an input without influence are refused by name", () => {
  const g = new GraphBuilder("unknown");
  const x = g.input("x", "float32", [2]);
  g.output("y", g.op("Floor", [x]), [2]);
  const options = { inputs: ["x"], outputs: ["y"], keep: [] };
  expect(() => differentiate(g.build(), options)).toThrow(expect.objectContaining({ code: "operator_unknown" }));
  const h = new GraphBuilder("unused");
  const a = h.input("a", "float32", [2]);
  h.input("b", "float32", [2]);
  h.output("y", h.op("Exp", [a]), [2]);
  const unused = { inputs: ["b"], outputs: ["y"], keep: [] };
  expect(() => differentiate(h.build(), unused)).toThrow(expect.objectContaining({ code: "gradient_missing" }));
});
