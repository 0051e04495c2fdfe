/**
 * Cuts a graph at its products with panels, which onnxruntime does not compute: stages of ordinary nodes, after each of
 * which come products of what it gave.
 *
 * Every node runs as late as it can, so that nothing but the products' own values passes from stage to stage.
 */
import type { Graph, GraphBuilder, GraphNode, Value, ValueInfo } from "../../graph/graph.ts";
import type { Matrices } from "../../graph/matrices.ts";

const PRODUCT = "PanelProduct";

/** Matrices as products that `splitGraph` takes out again. */
export const panelMatrices: Matrices = {
  linear(g: GraphBuilder, x: Value, name: string, { outputs, inputs, bias }) {
    const product = g.op(PRODUCT, [x], { matrix: `${name}.weight`, shape: [outputs, inputs] }, PRODUCT);
    return bias ? g.op("Add", [product, g.input(`${name}.bias`, "float32", [outputs])]) : product;
  },
};

export interface ProductStep {
  /** Name of the matrix. */
  readonly matrix: string;
  /** [rows, inputs] */
  readonly x: Value;
  /** [rows, outputs] */
  readonly y: Value;
}

export interface Stage {
  /** Absent where there is nothing to compute but products. */
  readonly graph: Graph | undefined;
  readonly products: readonly ProductStep[];
}

export function hasProducts({ nodes }: Graph): boolean {
  return nodes.some(({ op }) => op === PRODUCT);
}

export function splitGraph(graph: Graph): readonly Stage[] {
  const stageOf = stages(graph);
  const count = Math.max(...stageOf.values()) + 1;
  return Array.from({ length: count }, (_, stage) => {
    const own = graph.nodes.filter((node) => stageOf.get(node) === stage);
    const nodes = own.filter(({ op }) => op !== PRODUCT);
    const products = own.filter(({ op }) => op === PRODUCT);
    return {
      graph: nodes.length === 0 ? undefined : stageGraph(graph, stage, nodes),
      products: products.map(productStep),
    };
  });
}

/** A product belongs to the stage that it follows. */
function stages({ nodes, outputs }: Graph): Map<GraphNode, number> {
  const producer = new Map<Value, GraphNode>();
  for (const node of nodes) for (const output of node.outputs) producer.set(output, node);
  const earliest = new Map<GraphNode, number>();
  for (const node of nodes) {
    const sources = node.inputs.map((input) => producer.get(input)).filter((source) => source !== undefined);
    earliest.set(node, Math.max(0, ...sources.map((s) => (earliest.get(s) as number) + (s.op === PRODUCT ? 1 : 0))));
  }
  const last = Math.max(...earliest.values());
  const stage = new Map<GraphNode, number>();
  for (const node of [...nodes].reverse()) {
    const users = nodes.filter(({ inputs }) => inputs.some((input) => node.outputs.includes(input)));
    const latest = Math.min(last, ...users.map((user) => stage.get(user) as number));
    const isOutput = outputs.some(({ name }) => node.outputs.includes(name));
    stage.set(node, node.op === PRODUCT ? (earliest.get(node) as number) : isOutput ? last : latest);
  }
  return stage;
}

function stageGraph(graph: Graph, stage: number, nodes: readonly GraphNode[]): Graph {
  const made = new Set(nodes.flatMap((node) => node.outputs));
  const needed = new Set(nodes.flatMap((node) => node.inputs).filter((input) => input !== "" && !made.has(input)));
  const constants = graph.constants.filter(({ name }) => needed.has(name));
  for (const { name } of constants) needed.delete(name);
  const elsewhere = new Set(graph.nodes.filter((node) => !nodes.includes(node)).flatMap((node) => node.inputs));
  const outputs = [...made].filter((value) => elsewhere.has(value) || graph.outputs.some(({ name }) => name === value));
  return {
    name: `${graph.name} ${stage}`,
    inputs: [...needed].map((value) => valueInfo(graph, value)),
    constants,
    nodes,
    outputs: outputs.map((value) => valueInfo(graph, value)),
  };
}

/** What passes between stages is an operand or the result of a product. */
function valueInfo(graph: Graph, value: Value): ValueInfo {
  const declared = [...graph.inputs, ...graph.outputs].find(({ name }) => name === value);
  if (declared !== undefined) return declared;
  for (const node of graph.nodes) {
    if (node.op !== PRODUCT) continue;
    const [outputs, inputs] = shapeOf(node);
    if (node.outputs[0] === value) return { name: value, type: "float32", shape: ["rows", outputs] };
    if (node.inputs[0] === value) return { name: value, type: "float32", shape: ["rows", inputs] };
  }
  throw new TypeError(`graph ${graph.name}: value ${value} passes between stages`);
}

function shapeOf({ attributes }: GraphNode): readonly [outputs: number, inputs: number] {
  const { value } = attributes.get("shape") as { readonly value: readonly number[] };
  return value as readonly [number, number];
}

function productStep({ attributes, inputs, outputs }: GraphNode): ProductStep {
  const matrix = (attributes.get("matrix") as { readonly value: string }).value;
  return { matrix, x: inputs[0] as Value, y: outputs[0] as Value };
}
