/**
 * Reverse-mode differentiation of a graph: a second graph that turns gradients of the outputs into gradients of inputs.
 *
 *   backward inputs: `d.OUTPUT` for every output with a gradient, then whatever forward values it needs: inputs of the
 *   forward graph and kept outputs, under their own names
 *   backward outputs: `d.INPUT` for every wanted input
 *
 * What is neither input nor kept is computed again from what is. What to keep is the caller's trade of
 * memory against time.
 */
import { AiBlockError } from "../../../core/errors.ts";
import {
  type Attribute,
  type AttributeValue,
  type Graph,
  GraphBuilder,
  type GraphNode,
  type Value,
} from "../../graph/graph.ts";
import type { Shape } from "./dimension.ts";
import { type InferredShapes, inferShapes, lookUp } from "./inferShapes.ts";
import type { GradientContext } from "./operator.ts";
import { findOperator } from "./operators.ts";

export interface DifferentiateOptions {
  /** Outputs for which a gradient arrives. */
  readonly outputs: readonly Value[];
  /** Inputs whose gradient is wanted. */
  readonly inputs: readonly Value[];
  /** Outputs of the forward graph that the backward graph may take as inputs. */
  readonly keep: readonly Value[];
  /** Outputs whose gradient the backward graph computes itself from the output, as a loss does. */
  readonly computed?: ReadonlyMap<Value, (g: GraphBuilder, output: Value) => Value>;
}

export interface Differentiated {
  readonly backward: Graph;
  /** Names of the kept outputs that the backward graph takes. */
  readonly kept: readonly Value[];
}

/** The name of the gradient of a value at the edge of a graph. */
export function gradientName(value: Value): Value {
  return `d.${value}`;
}

/** Throws `operator_unknown`, `gradient_missing`, `shape_unknown`, `shape_mismatch`. */
export function differentiate(graph: Graph, options: DifferentiateOptions): Differentiated {
  const backward = new BackwardGraph(graph, options.keep);
  const needed = dependents(graph, options.inputs);
  for (const output of options.outputs) backward.addIncoming(output);
  for (const [output, rule] of options.computed ?? []) backward.addComputed(output, rule);
  for (const node of [...graph.nodes].reverse()) {
    if (node.outputs.some((output) => needed.has(output))) backward.addNode(node, needed);
  }
  for (const input of options.inputs) backward.addResult(input);
  return { backward: backward.build(), kept: backward.keptInputs() };
}

/** All values that depend on one of `inputs`. */
function dependents(graph: Graph, inputs: readonly Value[]): Set<Value> {
  const found = new Set(inputs);
  for (const node of graph.nodes) {
    if (!node.inputs.some((input) => found.has(input))) continue;
    for (const output of node.outputs) found.add(output);
  }
  return found;
}

class BackwardGraph {
  readonly #g: GraphBuilder;
  readonly #graph: Graph;
  readonly #inferred: InferredShapes;
  readonly #kept: ReadonlySet<Value>;
  readonly #producers = new Map<Value, GraphNode>();
  /** Forward values that exist in the backward graph: their names there. */
  readonly #available = new Map<Value, Value>();
  readonly #gradients = new Map<Value, Value>();

  constructor(graph: Graph, keep: readonly Value[]) {
    this.#graph = graph;
    this.#g = new GraphBuilder(`${graph.name}-backward`);
    this.#inferred = inferShapes(graph);
    this.#kept = new Set(keep);
    for (const node of graph.nodes) for (const output of node.outputs) this.#producers.set(output, node);
  }

  addIncoming(output: Value): void {
    this.#gradients.set(output, this.#g.input(gradientName(output), "float32", this.shape(output)));
  }

  addComputed(output: Value, rule: (g: GraphBuilder, output: Value) => Value): void {
    this.#gradients.set(output, rule(this.#g, this.#value(output)));
  }

  /** Adds the gradients of the node's inputs to what has arrived for them so far. */
  addNode(node: GraphNode, needed: ReadonlySet<Value>): void {
    if (!node.outputs.some((output) => this.#gradients.has(output))) return;
    const rule = findOperator(node).gradients;
    if (rule === undefined) throw new AiBlockError("operator_unknown", `graph: ${node.op} has no gradient rule here`);
    for (const [index, gradient] of rule(this.#context(node, needed)).entries()) {
      const input = node.inputs[index];
      if (gradient === undefined || input === undefined || !needed.has(input)) continue;
      const before = this.#gradients.get(input);
      this.#gradients.set(input, before === undefined ? gradient : this.#g.op("Add", [before, gradient]));
    }
  }

  addResult(input: Value): void {
    const gradient = this.#gradients.get(input);
    if (gradient === undefined) {
      throw new AiBlockError("gradient_missing", `graph ${this.#graph.name}: no output depends on input ${input}`);
    }
    this.#g.output(gradientName(input), gradient, this.shape(input));
  }

  shape(value: Value): Shape {
    return lookUp(this.#inferred.shapes, value, this.#graph.name);
  }

  keptInputs(): Value[] {
    return [...this.#available.keys()].filter((value) => this.#kept.has(value));
  }

  build(): Graph {
    return this.#g.build();
  }

  #context(node: GraphNode, needed: ReadonlySet<Value>): GradientContext {
    const at = (values: readonly Value[], index: number): Value => values[index] ?? "";
    return {
      g: this.#g,
      node,
      input: (index) => this.#value(at(node.inputs, index)),
      output: (index) => this.#value(at(node.outputs, index)),
      inputShape: (index) => this.shape(at(node.inputs, index)),
      outputShape: (index) => this.shape(at(node.outputs, index)),
      inputSizes: (index) => lookUp(this.#inferred.vectors, at(node.inputs, index), node.op),
      outputGradient: (index) => this.#gradients.get(at(node.outputs, index)),
      needs: (index) => needed.has(at(node.inputs, index)),
      sizeInput: (name) => (this.#findInput(name)?.type === "int64" ? this.#value(name) : undefined),
    };
  }

  #findInput(name: Value): Graph["inputs"][number] | undefined {
    return this.#graph.inputs.find((input) => input.name === name);
  }

  /** A forward value in the backward graph: taken from outside, or computed again. */
  #value(value: Value): Value {
    const known = this.#available.get(value);
    if (known !== undefined) return known;
    const made = this.#makeValue(value);
    this.#available.set(value, made);
    return made;
  }

  #makeValue(value: Value): Value {
    const input = this.#findInput(value);
    if (input !== undefined) return this.#g.input(value, input.type, input.shape);
    const constant = this.#graph.constants.find(({ name }) => name === value);
    if (constant !== undefined) return this.#g.constant(value, constant.type, constant.shape, constant.bytes);
    if (this.#kept.has(value)) return this.#g.input(value, "float32", this.shape(value));
    const node = this.#producers.get(value);
    if (node === undefined) throw new AiBlockError("gradient_missing", `graph: nothing computes ${value}`);
    const inputs = node.inputs.map((name) => this.#value(name));
    const outputs = this.#g.ops(node.op, inputs, node.outputs.length, attributeValues(node), node.domain);
    for (const [index, output] of node.outputs.entries()) {
      if (!this.#available.has(output)) this.#available.set(output, outputs[index] as Value);
    }
    return this.#available.get(value) as Value;
  }
}

function attributeValues(node: GraphNode): Record<string, AttributeValue> {
  const plain = (attribute: Attribute): AttributeValue =>
    attribute.kind === "float" ? { float: attribute.value } : attribute.value;
  return Object.fromEntries([...node.attributes].map(([name, attribute]) => [name, plain(attribute)]));
}
