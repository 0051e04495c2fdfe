/** A served model in numbers, as the API lists it. */
import type { ServedModel } from "../../api/services/models.ts";
import type { Engine } from "../../moe/engine/engine.ts";
import { elementCount } from "../../moe/formats/dtype.ts";
import { countParameters } from "../../moe/inspect/parameters.ts";
import { fullModelSampling } from "../../moe/sampling/modelSampling.ts";
import type { TextWorker } from "../../moe/text/textWorker.ts";
import type { ServedState } from "./servedState.ts";

/** Everything but the name for clients. */
export function describeModel(state: ServedState, engine: Engine, text: TextWorker): Omit<ServedModel, "id"> {
  const { model, stateRoot, heads } = state;
  const { spec, manifest } = model;
  const { count, perToken } = spec.experts;
  const { options } = engine;
  const parameters = countParameters(
    uniqueTensors(state),
    count > 0 ? { layers: spec.layers.length, experts: count, expertsPerToken: options.topK } : null,
  );
  return {
    model: model.idHex,
    name: manifest.name,
    createdMs: model.publishedMs,
    stateRoot,
    architecture: spec.architecture,
    contextLength: spec.maxPositions,
    vocabSize: spec.vocabSize,
    hiddenSize: spec.hiddenSize,
    layers: spec.layers.length,
    expertsPerLayer: spec.layers.map(({ feedForward }) => (feedForward === "experts" ? count : 0)),
    topK: options.topK ?? perToken,
    totalParameters: parameters.total,
    activeParameters: parameters.active,
    payloadBytes: [...heads.values()].reduce((sum, { payloadBytes }) => sum + payloadBytes, 0),
    precision: options.precision,
    executionProvider: options.executionProvider,
    hasChatTemplate: text.chatTemplateNames.length > 0,
    sampling: fullModelSampling(model.sampling.sampling),
  };
}

function uniqueTensors({ model }: ServedState) {
  const tensors = new Map([...model.slots.values()].flatMap((slot) => [...slot]));
  return [...tensors.values()].map(({ name, dtype, shape }) => ({ name, dtype, elements: elementCount(shape) }));
}
