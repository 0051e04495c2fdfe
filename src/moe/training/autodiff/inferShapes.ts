/** The shape of every value of a graph, from the shapes of its inputs and the rules of its operators. */
import { AiBlockError } from "../../../core/errors.ts";
import type { Graph, Value } from "../../graph/graph.ts";
import type { Shape } from "./dimension.ts";
import { findOperator } from "./operators.ts";

export interface InferredShapes {
  readonly shapes: ReadonlyMap<Value, Shape>;
  /** Contents of the int64 vectors that are constant or made of sizes. */
  readonly vectors: ReadonlyMap<Value, Shape>;
}

/** Throws `operator_unknown`, `shape_mismatch`, `shape_unknown`. */
export function inferShapes(graph: Graph): InferredShapes {
  const shapes = new Map<Value, Shape>();
  const vectors = new Map<Value, Shape>();
  for (const { name, type, shape } of graph.inputs) {
    shapes.set(name, shape);
    // An int64 input with one element is the size that other inputs call by its name.
    if (type === "int64" && shape.length === 1 && shape[0] === 1) vectors.set(name, [name]);
  }
  for (const { name, type, shape, bytes } of graph.constants) {
    shapes.set(name, shape);
    if (type === "int64" && bytes instanceof Uint8Array) vectors.set(name, integers(bytes));
  }
  for (const node of graph.nodes) {
    const shape = (index: number): Shape => lookUp(shapes, node.inputs[index], node.op);
    const sizes = (index: number): Shape => lookUp(vectors, node.inputs[index], node.op);
    const found = findOperator(node).shapes({ node, shape, sizes });
    for (const [index, output] of node.outputs.entries()) shapes.set(output, found[index] ?? []);
    const [output] = node.outputs;
    if (output === undefined) continue;
    if (node.op === "Shape") vectors.set(output, shape(0));
    if (node.op === "Concat" && node.inputs.every((input) => vectors.has(input))) {
      vectors.set(
        output,
        node.inputs.flatMap((_, index) => sizes(index)),
      );
    }
  }
  return { shapes, vectors };
}

export function lookUp(map: ReadonlyMap<Value, Shape>, value: Value | undefined, op: string): Shape {
  const found = value === undefined ? undefined : map.get(value);
  if (found !== undefined) return found;
  throw new AiBlockError("shape_unknown", `${op}: nothing is known about the shape or sizes of input ${value}`);
}

function integers(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.byteLength / 8 }, (_, i) => Number(view.getBigInt64(8 * i, true)));
}
