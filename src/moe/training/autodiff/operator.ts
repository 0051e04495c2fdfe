/**
 * What differentiation has to know of an operator: the shapes that it gives, and its gradient rule.
 *
 * A rule adds nodes to the backward graph that turn the gradients of a node's outputs into those of its inputs. It asks
 * for forward values only where it needs them, because each one is either kept in memory or computed a second time.
 */
import type { GraphBuilder, GraphNode, Value } from "../../graph/graph.ts";
import type { Shape } from "./dimension.ts";

export interface ShapeContext {
  readonly node: GraphNode;
  /** The shape of input `index`. */
  shape(index: number): Shape;
  /** The contents of input `index`, an int64 vector that is constant or made of sizes. Throws `shape_unknown`. */
  sizes(index: number): Shape;
}

export interface GradientContext {
  /** The backward graph. */
  readonly g: GraphBuilder;
  readonly node: GraphNode;
  /** Forward input or output `index`, as a value of the backward graph. */
  input(index: number): Value;
  output(index: number): Value;
  inputShape(index: number): Shape;
  outputShape(index: number): Shape;
  /** The contents of input `index`, an int64 vector that is constant or made of sizes. */
  inputSizes(index: number): Shape;
  /** The gradient that arrived for output `index`; `undefined` when nothing depends on that output. */
  outputGradient(index: number): Value | undefined;
  /** Whether anybody wants the gradient of input `index`. */
  needs(index: number): boolean;
  /** Which sizes of axes exist as int64 values in the backward graph. */
  sizeInput(name: string): Value | undefined;
}

export interface Operator {
  /** The shapes of the outputs. */
  readonly shapes: (context: ShapeContext) => Shape[];
  /** The gradients of the inputs, `undefined` for those that have none. Absent: the operator has no gradient. */
  readonly gradients?: (context: GradientContext) => (Value | undefined)[];
}

export type OperatorTable = ReadonlyMap<string, Operator>;

/** The gradient of a node with one output that is always used. */
export function onlyGradient(context: GradientContext): Value {
  const gradient = context.outputGradient(0);
  if (gradient === undefined) throw new TypeError(`${context.node.op}: no gradient arrived`);
  return gradient;
}

export function intAttribute(node: GraphNode, name: string, fallback: number): number {
  const attribute = node.attributes.get(name);
  return attribute?.kind === "int" ? attribute.value : fallback;
}

export function floatAttribute(node: GraphNode, name: string, fallback: number): number {
  const attribute = node.attributes.get(name);
  return attribute?.kind === "float" ? attribute.value : fallback;
}

export function intsAttribute(node: GraphNode, name: string): readonly number[] | undefined {
  const attribute = node.attributes.get(name);
  return attribute?.kind === "ints" ? attribute.value : undefined;
}

/** An axis counted from the front. */
export function positiveAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}
