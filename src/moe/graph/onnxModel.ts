/**
 * Encodes a graph as an ONNX file (ModelProto), the form that onnxruntime loads.
 * Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
import type { Attribute, Constant, Dimension, ElementType, Graph, GraphNode, ValueInfo } from "./graph.ts";
import { MICROSOFT_DOMAIN } from "./graph.ts";
import { ProtobufWriter } from "./protobuf.ts";

/** ONNX 1.18: opset 23 brought RMSNormalization and RotaryEmbedding. */
const IR_VERSION = 11;
const OPSET_VERSION = 23;
const MICROSOFT_OPSET_VERSION = 1;

const ELEMENT_TYPES: { readonly [T in ElementType]: number } = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  float16: 10,
};

const DATA_LOCATION_EXTERNAL = 1;

const ATTRIBUTE_TYPES: { readonly [K in Attribute["kind"]]: number } = { float: 1, int: 2, string: 3, ints: 7 };

/** The bytes of an ONNX file; equal graphs give equal bytes. */
export function encodeModel(graph: Graph): Uint8Array {
  const model = new ProtobufWriter().integer(1, IR_VERSION).text(2, "ai-block").message(7, graphProto(graph));
  model.message(8, new ProtobufWriter().text(1, "").integer(2, OPSET_VERSION));
  if (graph.nodes.some((node) => node.domain === MICROSOFT_DOMAIN)) {
    model.message(8, new ProtobufWriter().text(1, MICROSOFT_DOMAIN).integer(2, MICROSOFT_OPSET_VERSION));
  }
  return model.finish();
}

function graphProto(graph: Graph): ProtobufWriter {
  const out = new ProtobufWriter();
  for (const node of graph.nodes) out.message(1, nodeProto(node));
  out.text(2, graph.name);
  for (const constant of graph.constants) out.message(5, tensorProto(constant));
  for (const input of graph.inputs) out.message(11, valueInfoProto(input));
  for (const output of graph.outputs) out.message(12, valueInfoProto(output));
  return out;
}

function nodeProto(node: GraphNode): ProtobufWriter {
  const out = new ProtobufWriter();
  for (const input of node.inputs) out.text(1, input);
  for (const output of node.outputs) out.text(2, output);
  out.text(4, node.op);
  for (const [name, attribute] of node.attributes) out.message(5, attributeProto(name, attribute));
  return out.text(7, node.domain);
}

function attributeProto(name: string, attribute: Attribute): ProtobufWriter {
  const out = new ProtobufWriter().text(1, name);
  if (attribute.kind === "float") out.float(2, attribute.value);
  else if (attribute.kind === "int") out.integer(3, attribute.value);
  else if (attribute.kind === "string") out.text(4, attribute.value);
  else for (const value of attribute.value) out.integer(8, value);
  return out.integer(20, ATTRIBUTE_TYPES[attribute.kind]);
}

function tensorProto(constant: Constant): ProtobufWriter {
  const out = new ProtobufWriter();
  for (const dimension of constant.shape) out.integer(1, dimension);
  out.integer(2, ELEMENT_TYPES[constant.type]).text(8, constant.name);
  const { bytes } = constant;
  if (bytes instanceof Uint8Array) return out.bytes(9, bytes);
  out.message(13, new ProtobufWriter().text(1, "location").text(2, bytes.file));
  out.message(13, new ProtobufWriter().text(1, "offset").text(2, String(bytes.byteOffset)));
  out.message(13, new ProtobufWriter().text(1, "length").text(2, String(bytes.byteLength)));
  return out.integer(14, DATA_LOCATION_EXTERNAL);
}

function valueInfoProto(info: ValueInfo): ProtobufWriter {
  const shape = new ProtobufWriter();
  for (const dimension of info.shape) shape.message(1, dimensionProto(dimension));
  const tensor = new ProtobufWriter().integer(1, ELEMENT_TYPES[info.type]).message(2, shape);
  return new ProtobufWriter().text(1, info.name).message(2, new ProtobufWriter().message(1, tensor));
}

function dimensionProto(dimension: Dimension): ProtobufWriter {
  return typeof dimension === "number"
    ? new ProtobufWriter().integer(1, dimension)
    : new ProtobufWriter().text(2, dimension);
}
