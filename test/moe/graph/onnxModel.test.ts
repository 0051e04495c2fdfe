/** Graphs as ONNX files: the bytes are what the format says, the same every time, and onnxruntime computes them. */
import { floatData, floats, OrtSession } from "../../../src/moe/engine/ort.ts";
import { GraphBuilder } from "../../../src/moe/graph/graph.ts";
import { encodeModel } from "../../../src/moe/graph/onnxModel.ts";
import { ProtobufWriter } from "../../../src/moe/graph/protobuf.ts";

test("protobuf integers, texts and nested messages have the bytes of the wire format", () => {
  const hex = (writer: ProtobufWriter): string => Buffer.from(writer.finish()).toString("hex");
  expect(hex(new ProtobufWriter().integer(1, 150))).toBe("089601");
  expect(hex(new ProtobufWriter().integer(1, 0))).toBe("0800");
  expect(hex(new ProtobufWriter().integer(1, -1))).toBe("08ffffffffffffffffff01");
  expect(hex(new ProtobufWriter().integer(1, 2 ** 40))).toBe("08808080808020");
  expect(hex(new ProtobufWriter().text(2, "testing"))).toBe("120774657374696e67");
  expect(hex(new ProtobufWriter().message(3, new ProtobufWriter().integer(1, 150)))).toBe("1a03089601");
  expect(hex(new ProtobufWriter().float(5, 1))).toBe("2d0000803f");
});

function example(): GraphBuilder {
  const g = new GraphBuilder("example");
  const x = g.input("x", "float32", ["rows", 3]);
  const w = g.input("w", "float32", [2, 3]);
  const product = g.op("Gemm", [x, w], { transB: 1 });
  g.output("y", g.op("Add", [product, g.floats([10, 20])]), ["rows", 2]);
  g.output("z", g.op("Mul", [product, g.floats([2], [])]), ["rows", 2]);
  return g;
}

test("the same calls give the same bytes", () => {
  expect(encodeModel(example().build())).toEqual(encodeModel(example().build()));
});

test("an output is written by the node that computes it", () => {
  const { nodes, outputs } = example().build();
  expect(nodes.map(({ op }) => op)).toEqual(["Gemm", "Add", "Mul"]);
  expect(nodes.at(-1)?.outputs).toEqual(["z"]);
  expect(outputs.map(({ name }) => name)).toEqual(["y", "z"]);
});

test("one value may be two outputs, and an input may be passed through", () => {
  const g = new GraphBuilder("twice");
  const x = g.input("x", "float32", [2]);
  const double = g.op("Add", [x, x]);
  g.output("a", double, [2]);
  g.output("b", double, [2]);
  g.output("c", x, [2]);
  const session = new OrtSession(g.build());
  const { a, b, c } = session.run({ x: floats(Float32Array.of(1, 2), [2]) });
  expect([a, b, c].map((tensor) => [...floatData(tensor)])).toEqual([
    [2, 4],
    [2, 4],
    [1, 2],
  ]);
  session.close();
});

test("onnxruntime computes a graph, for any number of rows, also from shared memory", () => {
  const session = new OrtSession(example().build());
  const w = floats(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
  for (const rows of [1, 4]) {
    const shared = new Float32Array(new SharedArrayBuffer(rows * 3 * 4 + 8)).subarray(1, 1 + rows * 3).fill(1);
    const { y, z } = session.run({ x: floats(shared, [rows, 3]), w });
    expect([...floatData(y)]).toEqual(Array.from({ length: rows }, () => [16, 35]).flat());
    expect([...floatData(z)]).toEqual(Array.from({ length: rows }, () => [12, 30]).flat());
    expect(y?.dims).toEqual([rows, 2]);
  }
  session.close();
});

test("attributes that are no integers must say so", () => {
  expect(() => new GraphBuilder("g").op("Clip", [], { min: 0.5 })).toThrow(
    expect.objectContaining({ code: "bad_argument" }),
  );
});
