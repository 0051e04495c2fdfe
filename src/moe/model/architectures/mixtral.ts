/** Mixtral: grouped-query attention, two of eight experts, weights renormalised. */
import type { ConfigReader } from "../configReader.ts";
import { readRope } from "../ropeConfig.ts";
import type { ModelSpec } from "../spec.ts";
import {
  NO_MULTIPLIERS,
  readExperts,
  readHeadDim,
  readKeyValueHeads,
  readSizes,
  readWindow,
  rmsNorm,
  uniformLayers,
} from "./common.ts";

export function readMixtral(config: ConfigReader): ModelSpec {
  const sizes = readSizes(config, {
    vocabSize: 32_000,
    hiddenSize: 4096,
    intermediateSize: 14_336,
    layers: 32,
    heads: 32,
    maxPositions: 131_072,
    epsilon: 1e-5,
  });
  const headDim = readHeadDim(config, sizes);
  return {
    architecture: "mixtral",
    vocabSize: sizes.vocabSize,
    hiddenSize: sizes.hiddenSize,
    maxPositions: sizes.maxPositions,
    norm: rmsNorm(sizes),
    attention: {
      kind: "heads",
      heads: sizes.heads,
      keyValueHeads: readKeyValueHeads(config, sizes.heads, 8),
      headDim,
      scale: headDim ** -0.5,
      inputBias: false,
      outputBias: false,
      queryKeyNorm: "none",
      clip: undefined,
      sinks: false,
    },
    rope: readRope(config, { headDim, theta: 1e6, maxPositions: sizes.maxPositions }),
    layers: uniformLayers(sizes.layerCount, readWindow(config)),
    experts: readExperts(config, {
      countNames: ["num_local_experts", "num_experts"],
      count: 8,
      perToken: 2,
      intermediateSize: sizes.intermediateSize,
    }),
    router: { kind: "softmax", normalise: true, scale: 1, groups: undefined },
    shared: undefined,
    denseIntermediateSize: sizes.intermediateSize,
    activation: sizes.activation,
    multipliers: NO_MULTIPLIERS,
    tiedEmbeddings: sizes.tiedEmbeddings,
    headBias: false,
  };
}
