/** OLMoE: queries and keys are normalised over all heads together, and may be clipped. */
import type { ConfigReader } from "../configReader.ts";
import { readRope } from "../ropeConfig.ts";
import type { ModelSpec } from "../spec.ts";
import {
  NO_MULTIPLIERS,
  readExperts,
  readHeadDim,
  readKeyValueHeads,
  readSizes,
  rmsNorm,
  uniformLayers,
} from "./common.ts";

export function readOlmoe(config: ConfigReader): ModelSpec {
  const sizes = readSizes(config, {
    vocabSize: 50_304,
    hiddenSize: 2048,
    intermediateSize: 2048,
    layers: 16,
    heads: 16,
    maxPositions: 4096,
    epsilon: 1e-5,
  });
  const headDim = readHeadDim(config, sizes);
  const bias = config.flag("attention_bias", false);
  return {
    architecture: "olmoe",
    vocabSize: sizes.vocabSize,
    hiddenSize: sizes.hiddenSize,
    maxPositions: sizes.maxPositions,
    norm: rmsNorm(sizes),
    attention: {
      kind: "heads",
      heads: sizes.heads,
      keyValueHeads: readKeyValueHeads(config, sizes.heads),
      headDim,
      scale: headDim ** -0.5,
      inputBias: bias,
      outputBias: bias,
      queryKeyNorm: "all",
      clip: config.numberOrNone("clip_qkv", { min: 0 }),
      sinks: false,
    },
    rope: readRope(config, { headDim, theta: 1e4, maxPositions: sizes.maxPositions }),
    layers: uniformLayers(sizes.layerCount, undefined),
    experts: readExperts(config, {
      countNames: ["num_experts", "num_local_experts"],
      count: 64,
      perToken: 8,
      intermediateSize: sizes.intermediateSize,
    }),
    router: { kind: "softmax", normalise: config.flag("norm_topk_prob", false), scale: 1, groups: undefined },
    shared: undefined,
    denseIntermediateSize: sizes.intermediateSize,
    activation: sizes.activation,
    multipliers: NO_MULTIPLIERS,
    tiedEmbeddings: sizes.tiedEmbeddings,
    headBias: false,
  };
}
