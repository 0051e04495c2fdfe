import { memorySource } from "../../../src/moe/formats/byteSource.ts";
import { readTensorflowGraph } from "../../../src/moe/formats/tensorflow/graph.ts";
import { failureOf } from "./expectCode.ts";
import { bytes, number } from "./protobufBytes.ts";

const shape = (...sizes: number[]) => sizes.map((size) => bytes(2, number(1, size)));
const attribute = (key: string, ...value: Uint8Array[]) => bytes(5, bytes(1, key), bytes(2, ...value));
const node = (name: string, operator: string, ...attributes: Uint8Array[]) =>
  bytes(1, bytes(1, name), bytes(2, operator), ...attributes);
const read = (...parts: Uint8Array[]) => readTensorflowGraph(memorySource(new Uint8Array(Buffer.concat(parts))));

const PLACEHOLDER = node("x", "Placeholder", attribute("shape", bytes(7, ...shape(-1, 28, 28, 1))));
const KERNEL = node(
  "k",
  "Const",
  attribute("value", bytes(8, number(1, 1), bytes(2, ...shape(3, 3, 1, 8)), bytes(4, Buffer.alloc(288)))),
);
const SCALAR = node("s", "Const", attribute("value", bytes(8, number(1, 1), bytes(2))));

test("a frozen graph: operators, inputs, and its constants as parameters", async () => {
  const graph = await read(PLACEHOLDER, KERNEL, SCALAR, node("c", "Conv2D"), bytes(4, number(1, 1000)));
  expect(graph).toMatchObject({ kind: "graph", parameters: 72, inputs: [{ name: "x", shape: [-1, 28, 28, 1] }] });
  expect(graph.operators.get("Const")).toBe(2);
});

test("a saved model: version, variables rather than constants, operators of its functions", async () => {
  const variable = node("v", "VarHandleOp", attribute("shape", bytes(7, ...shape(64, 10))));
  const library = bytes(2, bytes(1, bytes(3, bytes(1, "m"), bytes(2, "MatMul"))));
  const info = bytes(1, bytes(4, "serve"), bytes(5, "2.15.0"));
  const graph = await read(number(1, 1), bytes(2, info, bytes(2, PLACEHOLDER, variable, KERNEL, library)));
  expect(graph).toMatchObject({ kind: "saved-model", version: "2.15.0", parameters: 640 });
  expect(graph.operators.get("MatMul")).toBe(1);
});

test.each<readonly [string, Uint8Array[]]>([
  ["nothing", []],
  ["a node without operator", [bytes(1, bytes(1, "x"))]],
  ["text", [Buffer.from("hello, this is not a graph")]],
  ["a saved model without nodes", [number(1, 1), bytes(2, bytes(1, bytes(5, "2.0")))]],
  [
    "a shape of a hundred dimensions",
    [node("x", "Placeholder", attribute("shape", bytes(7, ...shape(...new Array(100).fill(1)))))],
  ],
  ["three thousand operators", Array.from({ length: 3000 }, (_, i) => node("x", `Op${i}`))],
])("refused with a code: %s", async (_, parts) => {
  expect(await failureOf(() => read(...parts))).toEqual(expect.stringMatching(/^[a-z_]+$/));
});
