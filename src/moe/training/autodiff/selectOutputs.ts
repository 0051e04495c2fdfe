/** A graph that gives only some of its outputs; onnxruntime leaves out what they do not depend on. */
import type { Graph, Value } from "../../graph/graph.ts";

export function selectOutputs(graph: Graph, names: readonly Value[]): Graph {
  const wanted = new Set(names);
  return { ...graph, outputs: graph.outputs.filter(({ name }) => wanted.has(name)) };
}
