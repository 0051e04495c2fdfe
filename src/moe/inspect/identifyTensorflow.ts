/** TensorFlow graphs and Keras files in HDF5. */
import type { ByteSource } from "../formats/byteSource.ts";
import { elementCount } from "../formats/dtype.ts";
import { type Hdf5Model, readHdf5Model } from "../formats/hdf5/model.ts";
import { readTensorflowGraph } from "../formats/tensorflow/graph.ts";
import { familyOfOperators, familyOfTensors } from "./family.ts";
import type { Identification } from "./report.ts";

const CLASS_NAME = /"class_name"\s*:\s*"([A-Za-z0-9_>]{1,100})"/g;
const BATCH_SHAPE = /"batch_(?:input_)?shape"\s*:\s*\[([0-9a-z, ]{1,100})\]/;
const MAX_LAYERS = 10_000;

export async function identifyTensorflow(source: ByteSource, signal?: AbortSignal): Promise<Identification> {
  const graph = await readTensorflowGraph(source, signal);
  const shape = graph.inputs.find((input) => input.shape.length > 0)?.shape;
  const known = graph.parameters > 0;
  return {
    format: graph.kind === "saved-model" ? "tensorflow-saved-model" : "tensorflow-graph",
    framework: graph.version === "" ? "TensorFlow" : `TensorFlow ${graph.version}`,
    architecture: null,
    family: familyOfOperators(graph.operators.keys()),
    parameters: known ? { total: graph.parameters, active: graph.parameters } : null,
    precision: [],
    inputShape: shape?.map((size) => (size < 0 ? "any" : size)) ?? null,
    moe: null,
    files: 1,
    refused: null,
    imports: [],
    notes: known ? [] : ["the graph holds no variables: their number is not known"],
  };
}

/** Keras puts the model's description into attributes, and weights into datasets below `model_weights`. */
export async function identifyHdf5(source: ByteSource, signal?: AbortSignal): Promise<Identification> {
  const file = await readHdf5Model(source, signal);
  const config = file.attributes.get("model_config") ?? "";
  const version = file.attributes.get("keras_version");
  const keras = version !== undefined || config !== "";
  const weights = file.datasets.filter(({ path, floating }) => floating && !/optimizer/.test(path));
  const total = weights.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  const [model, ...layers] = [...config.matchAll(CLASS_NAME)].slice(0, MAX_LAYERS).map((match) => match[1] as string);
  const backend = file.attributes.get("backend");
  return {
    format: "hdf5",
    framework: keras
      ? `Keras ${version ?? ""}${backend === undefined ? "" : ` (${backend})`}`.replace("  ", " ")
      : "HDF5",
    architecture: model ?? null,
    family: layers.length > 0 ? familyOfOperators(layers) : familyOfTensors(weights.map(({ path }) => path)),
    parameters: total > 0 ? { total, active: total } : null,
    precision: precisionOf(weights),
    inputShape: batchShape(config),
    moe: null,
    files: 1,
    refused: null,
    imports: [],
    notes: file.complete ? [] : ["a group in the dense layout was not followed"],
  };
}

function precisionOf(datasets: Hdf5Model["datasets"]): Identification["precision"] {
  const shares = new Map<string, { tensors: number; parameters: number }>();
  for (const { shape, elementBytes } of datasets) {
    const dtype = `F${elementBytes * 8}`;
    const share = shares.get(dtype) ?? { tensors: 0, parameters: 0 };
    shares.set(dtype, { tensors: share.tensors + 1, parameters: share.parameters + elementCount(shape) });
  }
  return [...shares].map(([dtype, share]) => ({ dtype, ...share })).sort((a, b) => b.parameters - a.parameters);
}

function batchShape(config: string): (number | string)[] | null {
  const sizes = BATCH_SHAPE.exec(config)?.[1]
    ?.split(",")
    .map((size) => size.trim());
  return sizes?.map((size) => (/^[0-9]+$/.test(size) ? Number(size) : "any")) ?? null;
}
