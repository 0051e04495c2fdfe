/**
 * What an ONNX file says about itself: producer, operators, inputs, and the initialisers (weights) with their shapes.
 * Weights are stepped over. Sub-graphs inside operators are not entered.
 * https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
import type { ByteSource } from "../byteSource.ts";
import { formatError } from "../errors.ts";
import { MAX_DIMENSIONS, MAX_NAME_BYTES, MAX_TENSORS } from "../limits.ts";
import { type MessageRange, ProtobufWalker } from "../protobuf/walker.ts";
import { type OnnxInitialiser, readInitialiser } from "./initialiser.ts";

/** Operator types that are kept apart when counting; a model uses a few dozen. */
const MAX_OPERATORS = 1024;
const MAX_INPUTS = 1024;

export interface OnnxInput {
  readonly name: string;
  /** ONNX's number of the element type, 0 if not given. */
  readonly elementType: number;
  /** Sizes, or names of sizes that are not fixed; `undefined` if the file says nothing. */
  readonly shape: readonly (number | string)[] | undefined;
}

export interface OnnxModel {
  readonly producer: string;
  readonly irVersion: number;
  readonly opset: number;
  readonly graphName: string;
  /** How often each operator type occurs. */
  readonly operators: ReadonlyMap<string, number>;
  /** Graph inputs that are no initialisers. */
  readonly inputs: readonly OnnxInput[];
  readonly initialisers: ReadonlyMap<string, OnnxInitialiser>;
}

interface Building {
  producer: string;
  irVersion: number;
  opset: number;
  graphName: string;
  graphs: number;
  operators: Map<string, number>;
  inputs: OnnxInput[];
  initialisers: Map<string, OnnxInitialiser>;
}

/** Throws `protobuf_invalid`, `format_unknown` if there is no graph, `too_many_tensors`, `tensor_duplicate`. */
export async function readOnnxModel(source: ByteSource, signal?: AbortSignal): Promise<OnnxModel> {
  const walker = new ProtobufWalker(source, signal);
  const model: Building = {
    producer: "",
    irVersion: 0,
    opset: 0,
    graphName: "",
    graphs: 0,
    operators: new Map(),
    inputs: [],
    initialisers: new Map(),
  };
  for await (const { number, value, range } of walker.fields(walker.whole)) {
    if (number === 1 && value !== undefined) model.irVersion = Number(value);
    else if (number === 2) model.producer = await walker.text(range);
    else if (number === 7) await readGraph(walker, range, model);
    else if (number === 8) model.opset = Math.max(model.opset, await readOpset(walker, range));
  }
  if (model.graphs !== 1) throw formatError("format_unknown", `${source.name}: expected an ONNX model with one graph`);
  const { graphs: _, ...result } = model;
  return { ...result, inputs: model.inputs.filter(({ name }) => !model.initialisers.has(name)) };
}

async function readGraph(walker: ProtobufWalker, graph: MessageRange, model: Building): Promise<void> {
  model.graphs += 1;
  for await (const { number, range } of walker.fields(graph)) {
    if (number === 1) countOperator(walker, await operatorType(walker, range), model.operators);
    else if (number === 2) model.graphName = await walker.text(range);
    else if (number === 5) addInitialiser(walker, await readInitialiser(walker, range), model.initialisers);
    else if (number === 11) {
      if (model.inputs.length >= MAX_INPUTS + MAX_TENSORS) throw tooMany(walker, "inputs");
      model.inputs.push(await readInput(walker, range));
    }
  }
}

async function operatorType(walker: ProtobufWalker, node: MessageRange): Promise<string> {
  for await (const { number, range } of walker.fields(node))
    if (number === 4) return walker.text(range, MAX_NAME_BYTES);
  return "";
}

function countOperator(walker: ProtobufWalker, type: string, operators: Map<string, number>): void {
  operators.set(type, (operators.get(type) ?? 0) + 1);
  if (operators.size > MAX_OPERATORS) throw tooMany(walker, "operator types");
}

function addInitialiser(walker: ProtobufWalker, tensor: OnnxInitialiser, into: Map<string, OnnxInitialiser>): void {
  if (into.has(tensor.name)) throw formatError("tensor_duplicate", `${walker.name}: an initialiser stands twice`);
  if (into.size >= MAX_TENSORS) throw tooMany(walker, "initialisers");
  into.set(tensor.name, tensor);
}

/** OperatorSetIdProto: only the default domain's version matters. */
async function readOpset(walker: ProtobufWalker, opset: MessageRange): Promise<number> {
  let domain = "";
  let version = 0;
  for await (const { number, value, range } of walker.fields(opset)) {
    if (number === 1) domain = await walker.text(range);
    else if (number === 2 && value !== undefined) version = Number(value);
  }
  return domain === "" || domain === "ai.onnx" ? version : 0;
}

/** ValueInfoProto: name 1, type 2; TypeProto: tensor 1; its element type 1, shape 2; TensorShapeProto: dim 1. */
async function readInput(walker: ProtobufWalker, input: MessageRange): Promise<OnnxInput> {
  let name = "";
  let elementType = 0;
  let shape: (number | string)[] | undefined;
  for await (const field of walker.fields(input)) {
    if (field.number === 1) name = await walker.text(field.range, MAX_NAME_BYTES);
    if (field.number !== 2) continue;
    for await (const type of walker.fields(field.range)) {
      if (type.number !== 1) continue;
      for await (const part of walker.fields(type.range)) {
        if (part.number === 1 && part.value !== undefined) elementType = Number(part.value);
        if (part.number === 2) shape = await readShape(walker, part.range);
      }
    }
  }
  return { name, elementType, shape };
}

/** Dimension: dim_value 1 or dim_param 2. */
async function readShape(walker: ProtobufWalker, range: MessageRange): Promise<(number | string)[]> {
  const shape: (number | string)[] = [];
  for await (const dimension of walker.fields(range)) {
    if (dimension.number !== 1) continue;
    if (shape.length >= MAX_DIMENSIONS * 2) throw tooMany(walker, "dimensions");
    let size: number | string = "?";
    for await (const field of walker.fields(dimension.range)) {
      if (field.number === 1 && field.value !== undefined) size = Number(BigInt.asIntN(64, field.value));
      else if (field.number === 2) size = await walker.text(field.range, MAX_NAME_BYTES);
    }
    shape.push(size);
  }
  return shape;
}

function tooMany(walker: ProtobufWalker, what: string): Error {
  return formatError("too_many_tensors", `${walker.name}: too many ${what}`);
}
