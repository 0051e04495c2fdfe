/**
 * A computation as plain data: inputs, constants, nodes in order of execution, outputs.
 *
 * The same description is encoded for onnxruntime (`onnxModel.ts`) and differentiated by training, so nothing but
 * ONNX operators may appear in it. Names are given in the order of creation: the same calls give the same graph.
 */
import { AiBlockError } from "../../core/errors.ts";

export type ElementType = "float32" | "int64" | "uint8" | "float16" | "int8" | "int32";

/** A dimension is a number, or a name for one that is known only when the graph runs. */
export type Dimension = number | string;

/** The name of a value inside a graph. */
export type Value = string;

export interface ValueInfo {
  readonly name: Value;
  readonly type: ElementType;
  readonly shape: readonly Dimension[];
}

/** Bytes of a file that onnxruntime maps itself; `file` is a name inside the session's `weightsFolder`. */
export interface BytesInFile {
  readonly file: string;
  /** A multiple of 4096, so that mapping it needs no copy. */
  readonly byteOffset: number;
  readonly byteLength: number;
}

export interface Constant {
  readonly name: Value;
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** Row-major, little-endian. */
  readonly bytes: Uint8Array | BytesInFile;
}

export type Attribute =
  | { readonly kind: "int"; readonly value: number }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "ints"; readonly value: readonly number[] };

export interface GraphNode {
  readonly op: string;
  /** Empty for the standard operators; `com.microsoft` for those that onnxruntime adds. */
  readonly domain: string;
  /** An empty name stands for an input that is left out. */
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

export interface Graph {
  readonly name: string;
  readonly inputs: readonly ValueInfo[];
  readonly constants: readonly Constant[];
  readonly nodes: readonly GraphNode[];
  readonly outputs: readonly ValueInfo[];
}

/** Integers become `int`, strings `string`, arrays `ints`; a float is marked by `float(x)`. */
export type AttributeValue = number | string | readonly number[] | { readonly float: number };

export const MICROSOFT_DOMAIN = "com.microsoft";

export class GraphBuilder {
  readonly #name: string;
  readonly #inputs: ValueInfo[] = [];
  readonly #constants = new Map<string, Constant>();
  readonly #nodes: GraphNode[] = [];
  readonly #outputs: ValueInfo[] = [];
  #values = 0;

  constructor(name: string) {
    this.#name = name;
  }

  input(name: Value, type: ElementType, shape: readonly Dimension[]): Value {
    this.#inputs.push({ name, type, shape });
    return name;
  }

  /** A constant under a name of its own, for example a quantised weight. */
  constant(name: Value, type: ElementType, shape: readonly number[], bytes: Uint8Array | BytesInFile): Value {
    this.#constants.set(name, { name, type, shape, bytes });
    return name;
  }

  /** A small float constant; equal ones are shared. */
  floats(values: readonly number[], shape: readonly number[] = [values.length]): Value {
    const name = `f[${shape.join("x")}](${values.join(",")})`;
    return this.constant(name, "float32", shape, new Uint8Array(Float32Array.from(values).buffer));
  }

  /** A vector of integers, for example a shape or axes; equal ones are shared. */
  integers(values: readonly number[]): Value {
    const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    return this.constant(`i(${values.join(",")})`, "int64", [values.length], bytes);
  }

  /** Adds a node with one output. */
  op(
    op: string,
    inputs: readonly Value[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    domain = "",
  ): Value {
    return this.ops(op, inputs, 1, attributes, domain)[0] as Value;
  }

  /** Adds a node with `count` outputs. */
  ops(
    op: string,
    inputs: readonly Value[],
    count: number,
    attributes: Readonly<Record<string, AttributeValue>> = {},
    domain = "",
  ): Value[] {
    const outputs = Array.from({ length: count }, () => `v${this.#values++}`);
    const typed = new Map(Object.entries(attributes).map(([name, value]) => [name, attribute(value)]));
    this.#nodes.push({ op, domain, inputs: [...inputs], outputs, attributes: typed });
    return outputs;
  }

  /** Declares `value` as an output called `name`. */
  output(name: Value, value: Value, shape: readonly Dimension[], type: ElementType = "float32"): void {
    this.#nodes.push({ op: "Identity", domain: "", inputs: [value], outputs: [name], attributes: new Map() });
    this.#outputs.push({ name, type, shape });
  }

  build(): Graph {
    return {
      name: this.#name,
      inputs: this.#inputs,
      constants: [...this.#constants.values()],
      nodes: renameOutputs(this.#nodes),
      outputs: this.#outputs,
    };
  }
}

/** Lets the node that computes an output write it under the output's name, so that no copy is left in the graph. */
function renameOutputs(nodes: readonly GraphNode[]): GraphNode[] {
  const renamed = new Map<Value, Value>();
  const produced = new Set(nodes.flatMap((node) => node.outputs));
  for (const node of nodes) {
    const [from] = node.inputs;
    const [to] = node.outputs;
    if (node.op !== "Identity" || from === undefined || to === undefined) continue;
    if (produced.has(from) && !renamed.has(from)) renamed.set(from, to);
  }
  const name = (value: Value): Value => renamed.get(value) ?? value;
  return nodes
    .filter((node) => !(node.op === "Identity" && renamed.get(node.inputs[0] as Value) === node.outputs[0]))
    .map((node) => ({ ...node, inputs: node.inputs.map(name), outputs: node.outputs.map(name) }));
}

function attribute(value: AttributeValue): Attribute {
  if (typeof value === "string") return { kind: "string", value };
  if (typeof value === "number") {
    if (Number.isSafeInteger(value)) return { kind: "int", value };
    throw new AiBlockError("bad_argument", `attribute: expected an integer, got ${value}; mark floats with { float }`);
  }
  if ("float" in value) return { kind: "float", value: value.float };
  return { kind: "ints", value };
}
