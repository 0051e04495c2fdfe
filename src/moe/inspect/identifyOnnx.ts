/** ONNX files: operators, inputs and initialisers. Weights in other files are counted by their shapes, never opened. */
import type { ByteSource } from "../formats/byteSource.ts";
import { type OnnxModel, readOnnxModel } from "../formats/onnx/model.ts";
import { familyOfOperators } from "./family.ts";
import { countParameters } from "./parameters.ts";
import type { Identification } from "./report.ts";

export async function identifyOnnx(source: ByteSource, signal?: AbortSignal): Promise<Identification> {
  const model = await readOnnxModel(source, signal);
  const initialisers = [...model.initialisers.values()];
  const tensors = initialisers.map(({ name, dtype, elements }) => ({ name, dtype: dtype ?? "OTHER", elements }));
  const { total, precision } = countParameters(tensors, null);
  const external = initialisers.filter((tensor) => tensor.external !== undefined).length;
  const trees = familyOfOperators(model.operators.keys()) === "tree-ensemble";
  return {
    format: "onnx",
    framework: model.producer === "" ? "ONNX" : `ONNX (${model.producer})`,
    architecture: model.graphName === "" ? null : model.graphName,
    family: familyOfOperators(model.operators.keys()),
    parameters: trees ? null : { total, active: total },
    precision,
    inputShape: firstInput(model),
    moe: null,
    files: 1,
    refused: null,
    imports: [],
    notes: [
      `opset ${model.opset}, ${[...model.operators.values()].reduce((sum, count) => sum + count, 0)} operators`,
      ...(external > 0 ? [`${external} weights lie in another file, which was not opened`] : []),
    ],
  };
}

function firstInput({ inputs }: OnnxModel): readonly (number | string)[] | null {
  return inputs.find(({ shape }) => shape !== undefined)?.shape ?? null;
}
