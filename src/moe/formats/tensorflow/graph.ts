/**
 * TensorFlow files: a SavedModel (`saved_model.pb`) or a bare GraphDef (a "frozen" graph). Operators are counted,
 * constants and variables measured by their declared shapes; values are stepped over.
 *
 *   SavedModel: schema version 1, meta graphs 2.  MetaGraphDef: info 1 (TensorFlow's version 5), graph 2
 *   GraphDef: nodes 1, versions 4, library 2.      NodeDef: name 1, operator 2, inputs 3, attributes 5 (key 1, value 2)
 *   AttrValue: shape 7, tensor 8.  TensorProto: dtype 1, shape 2.  TensorShapeProto: dim 2 (size 1)
 */
import type { ByteSource } from "../byteSource.ts";
import { formatError } from "../errors.ts";
import { type MessageRange, ProtobufWalker } from "../protobuf/walker.ts";

const MAX_OPERATORS = 2048;
const MAX_RANK = 32;
const MAX_PLACEHOLDERS = 256;
const VARIABLES: ReadonlySet<string> = new Set(["VarHandleOp", "VariableV2", "Variable"]);

export interface TensorflowGraph {
  readonly kind: "saved-model" | "graph";
  readonly version: string;
  readonly operators: ReadonlyMap<string, number>;
  /** Elements of variables (of constants with at least two dimensions, where there are no variables). */
  readonly parameters: number;
  /** Shapes of placeholders; -1 for a size that is not fixed. */
  readonly inputs: readonly { readonly name: string; readonly shape: readonly number[] }[];
}

interface Counting {
  version: string;
  nodes: number;
  operators: Map<string, number>;
  variables: number;
  constants: number;
  inputs: { name: string; shape: number[] }[];
}

/** Throws `protobuf_invalid`, `format_unknown` when there is no node of a graph, `too_many_entries`. */
export async function readTensorflowGraph(source: ByteSource, signal?: AbortSignal): Promise<TensorflowGraph> {
  const walker = new ProtobufWalker(source, signal);
  const found: Counting = { version: "", nodes: 0, operators: new Map(), variables: 0, constants: 0, inputs: [] };
  let savedModel = false;
  for await (const { number, value, range } of walker.fields(walker.whole)) {
    if (number === 1 && value !== undefined) savedModel = true;
    else if (savedModel && number === 2) await readMetaGraph(walker, range, found);
    else if (!savedModel && number === 1) await readNode(walker, range, found);
    else if (!savedModel && number === 2) await readLibrary(walker, range, found);
  }
  if (found.nodes === 0) throw formatError("format_unknown", `${source.name}: is no TensorFlow graph`);
  return {
    kind: savedModel ? "saved-model" : "graph",
    version: found.version,
    operators: found.operators,
    parameters: found.variables > 0 ? found.variables : found.constants,
    inputs: found.inputs,
  };
}

async function readMetaGraph(walker: ProtobufWalker, range: MessageRange, found: Counting): Promise<void> {
  for await (const field of walker.fields(range)) {
    if (field.number === 1) {
      for await (const info of walker.fields(field.range)) {
        if (info.number === 5) found.version = await walker.text(info.range);
      }
    } else if (field.number === 2) {
      for await (const part of walker.fields(field.range)) {
        if (part.number === 1) await readNode(walker, part.range, found);
        else if (part.number === 2) await readLibrary(walker, part.range, found);
      }
    }
  }
}

/** FunctionDefLibrary: functions 1; FunctionDef: nodes 3. Their operators say what kind of model it is. */
async function readLibrary(walker: ProtobufWalker, range: MessageRange, found: Counting): Promise<void> {
  for await (const { number, range: body } of walker.fields(range)) {
    if (number !== 1) continue;
    for await (const node of walker.fields(body)) {
      if (node.number === 3) count(walker, (await nodeParts(walker, node.range)).operator, found);
    }
  }
}

async function readNode(walker: ProtobufWalker, range: MessageRange, found: Counting): Promise<void> {
  const { name, operator, attributes } = await nodeParts(walker, range);
  if (operator === "") throw formatError("format_unknown", `${walker.name}: is no TensorFlow graph`);
  found.nodes += 1;
  count(walker, operator, found);
  if (operator === "Placeholder" && found.inputs.length < MAX_PLACEHOLDERS) {
    found.inputs.push({ name, shape: await shapeOf(walker, attributes.get("shape"), 7) });
  } else if (VARIABLES.has(operator)) {
    found.variables += elements(await shapeOf(walker, attributes.get("shape"), 7));
  } else if (operator === "Const") {
    const shape = await shapeOf(walker, attributes.get("value"), 8);
    if (shape.length >= 2) found.constants += elements(shape);
  }
}

function count(walker: ProtobufWalker, operator: string, found: Counting): void {
  found.operators.set(operator, (found.operators.get(operator) ?? 0) + 1);
  if (found.operators.size <= MAX_OPERATORS) return;
  throw formatError("too_many_entries", `${walker.name}: expected at most ${MAX_OPERATORS} operator types`);
}

async function nodeParts(walker: ProtobufWalker, range: MessageRange) {
  let name = "";
  let operator = "";
  const attributes = new Map<string, MessageRange>();
  for await (const field of walker.fields(range)) {
    if (field.number === 1) name = await walker.text(field.range);
    else if (field.number === 2) operator = await walker.text(field.range, 512);
    else if (field.number === 5) {
      let key = "";
      for await (const part of walker.fields(field.range)) {
        if (part.number === 1) key = await walker.text(part.range, 512);
        else if (part.number === 2 && (key === "shape" || key === "value")) attributes.set(key, part.range);
      }
    }
  }
  return { name, operator, attributes };
}

/** The shape in an AttrValue: its own (field 7), or that of its tensor (field 8, then 2). */
async function shapeOf(walker: ProtobufWalker, value: MessageRange | undefined, field: 7 | 8): Promise<number[]> {
  if (value === undefined) return [];
  for await (const part of walker.fields(value)) {
    if (part.number !== field) continue;
    if (field === 7) return dimensions(walker, part.range);
    for await (const tensor of walker.fields(part.range)) {
      if (tensor.number === 2) return dimensions(walker, tensor.range);
    }
  }
  return [];
}

async function dimensions(walker: ProtobufWalker, shape: MessageRange): Promise<number[]> {
  const sizes: number[] = [];
  for await (const { number, range } of walker.fields(shape)) {
    if (number !== 2) continue;
    if (sizes.length >= MAX_RANK)
      throw formatError("too_many_entries", `${walker.name}: a shape has too many dimensions`);
    let size = 0;
    for await (const field of walker.fields(range)) {
      if (field.number === 1 && field.value !== undefined) size = Number(BigInt.asIntN(64, field.value));
    }
    sizes.push(size);
  }
  return sizes;
}

function elements(shape: readonly number[]): number {
  const product = shape.reduce((total, size) => total * Math.max(0, size), 1);
  return Number.isSafeInteger(product) ? product : 0;
}
