/**
 * The parts of a model as the graphs name them, slot by slot, with their shapes. Matrices are [outputs, inputs].
 * How a checkpoint stores each part is the business of `partSources.ts`.
 */
import { type Slot, slotName } from "../../core/slot.ts";
import type { AttentionSpec, ModelSpec } from "./spec.ts";

export type PartName =
  | "embedding.weight"
  | "inputNorm.weight"
  | "inputNorm.bias"
  | "query.weight"
  | "query.bias"
  | "key.weight"
  | "key.bias"
  | "value.weight"
  | "value.bias"
  | "output.weight"
  | "output.bias"
  | "queryNorm.weight"
  | "keyNorm.weight"
  | "sinks"
  | "queryDown.weight"
  | "queryDown.bias"
  | "queryDownNorm.weight"
  | "queryUp.weight"
  | "latentDown.weight"
  | "latentDown.bias"
  | "latentNorm.weight"
  /** Rows of each head: first its key part without positions, then its value. */
  | "latentUp.weight"
  | "feedForwardNorm.weight"
  | "feedForwardNorm.bias"
  | "router.weight"
  | "router.bias"
  | "router.correction"
  /** The rows of the gate, then those of the up projection. */
  | "gateUp.weight"
  | "gateUp.bias"
  | "down.weight"
  | "down.bias"
  | "sharedGate.weight"
  | "finalNorm.weight"
  | "finalNorm.bias"
  | "head.weight"
  | "head.bias";

export interface Part {
  readonly name: PartName;
  readonly shape: readonly number[];
}

/** All slots of a model in their order: embedding, then layer by layer, then the head. */
export function modelSlots(spec: ModelSpec): Slot[] {
  const slots: Slot[] = [{ kind: "embedding" }];
  for (const [layer, { feedForward }] of spec.layers.entries()) {
    slots.push({ kind: "attention", layer });
    if (feedForward === "dense") slots.push({ kind: "mlp", layer });
    else slots.push(...expertSlots(spec, layer));
  }
  slots.push({ kind: "head" });
  return slots;
}

function expertSlots(spec: ModelSpec, layer: number): Slot[] {
  const slots: Slot[] = [{ kind: "router", layer }];
  if (spec.shared !== undefined) slots.push({ kind: "shared", layer });
  for (let expert = 0; expert < spec.experts.count; expert++) slots.push({ kind: "expert", layer, expert });
  return slots;
}

export function modelSlotNames(spec: ModelSpec): string[] {
  return modelSlots(spec).map(slotName);
}

/** What a slot consists of. A head with tied embeddings has no matrix of its own. */
export function slotParts(spec: ModelSpec, kind: Slot["kind"]): Part[] {
  const { hiddenSize, vocabSize } = spec;
  switch (kind) {
    case "embedding":
      return [{ name: "embedding.weight", shape: [vocabSize, hiddenSize] }];
    case "attention":
      return [...norm(spec, "inputNorm"), ...attentionParts(spec), ...norm(spec, "feedForwardNorm")];
    case "router":
      return routerParts(spec);
    case "expert":
      return feedForward(hiddenSize, spec.experts.intermediateSize, spec.experts.bias);
    case "shared": {
      const parts = feedForward(hiddenSize, spec.shared?.intermediateSize ?? 0, false);
      return spec.shared?.gated ? [...parts, { name: "sharedGate.weight", shape: [1, hiddenSize] }] : parts;
    }
    case "mlp":
      return feedForward(hiddenSize, spec.denseIntermediateSize, false);
    case "head": {
      const parts = norm(spec, "finalNorm");
      if (!spec.tiedEmbeddings) parts.push({ name: "head.weight", shape: [vocabSize, hiddenSize] });
      if (spec.headBias) parts.push({ name: "head.bias", shape: [vocabSize] });
      return parts;
    }
  }
}

function norm(spec: ModelSpec, name: "inputNorm" | "feedForwardNorm" | "finalNorm"): Part[] {
  const parts: Part[] = [{ name: `${name}.weight`, shape: [spec.hiddenSize] }];
  if (spec.norm.kind === "layer") parts.push({ name: `${name}.bias`, shape: [spec.hiddenSize] });
  return parts;
}

function routerParts(spec: ModelSpec): Part[] {
  const parts: Part[] = [{ name: "router.weight", shape: [spec.experts.count, spec.hiddenSize] }];
  const { router } = spec;
  if (router.kind === "top-softmax" && router.bias) parts.push({ name: "router.bias", shape: [spec.experts.count] });
  if (router.kind === "sigmoid") parts.push({ name: "router.correction", shape: [spec.experts.count] });
  return parts;
}

function feedForward(hidden: number, intermediate: number, bias: boolean): Part[] {
  const parts: Part[] = [
    { name: "gateUp.weight", shape: [2 * intermediate, hidden] },
    { name: "down.weight", shape: [hidden, intermediate] },
  ];
  if (bias) parts.push({ name: "gateUp.bias", shape: [2 * intermediate] }, { name: "down.bias", shape: [hidden] });
  return parts;
}

function attentionParts(spec: ModelSpec): Part[] {
  const { attention, hiddenSize } = spec;
  return attention.kind === "heads" ? headParts(attention, hiddenSize) : latentParts(attention, hiddenSize);
}

function headParts(attention: AttentionSpec & { kind: "heads" }, hidden: number): Part[] {
  const queries = attention.heads * attention.headDim;
  const keys = attention.keyValueHeads * attention.headDim;
  const parts: Part[] = [
    ...linear("query", queries, hidden, attention.inputBias),
    ...linear("key", keys, hidden, attention.inputBias),
    ...linear("value", keys, hidden, attention.inputBias),
    ...linear("output", hidden, queries, attention.outputBias),
  ];
  if (attention.queryKeyNorm !== "none") {
    const perHead = attention.queryKeyNorm === "head";
    parts.push({ name: "queryNorm.weight", shape: [perHead ? attention.headDim : queries] });
    parts.push({ name: "keyNorm.weight", shape: [perHead ? attention.headDim : keys] });
  }
  if (attention.sinks) parts.push({ name: "sinks", shape: [attention.heads] });
  return parts;
}

function latentParts(attention: AttentionSpec & { kind: "latent" }, hidden: number): Part[] {
  const { heads, queryRank, keyValueRank, plainDim, rotaryDim, valueDim, bias } = attention;
  const queries = heads * (plainDim + rotaryDim);
  const query: Part[] =
    queryRank === undefined
      ? linear("query", queries, hidden, false)
      : [
          ...linear("queryDown", queryRank, hidden, bias),
          { name: "queryDownNorm.weight", shape: [queryRank] },
          ...linear("queryUp", queries, queryRank, false),
        ];
  return [
    ...query,
    ...linear("latentDown", keyValueRank + rotaryDim, hidden, bias),
    { name: "latentNorm.weight", shape: [keyValueRank] },
    ...linear("latentUp", heads * (plainDim + valueDim), keyValueRank, false),
    ...linear("output", hidden, heads * valueDim, bias),
  ];
}

type LinearName = "query" | "key" | "value" | "output" | "queryDown" | "latentDown";

function linear(name: LinearName, outputs: number, inputs: number, bias: boolean): Part[];
function linear(name: "queryUp" | "latentUp", outputs: number, inputs: number, bias: false): Part[];
function linear(name: LinearName | "queryUp" | "latentUp", outputs: number, inputs: number, bias: boolean): Part[] {
  const parts: Part[] = [{ name: `${name}.weight`, shape: [outputs, inputs] }];
  if (bias) parts.push({ name: `${name as LinearName}.bias`, shape: [outputs] });
  return parts;
}
