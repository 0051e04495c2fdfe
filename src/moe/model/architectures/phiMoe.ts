/** Phi-MoE: layer norms with bias, LongRoPE, and the sparsemixer router, which picks exactly two experts. */
import type { ConfigReader } from "../configReader.ts";
import { configError } from "../errors.ts";
import { readRope } from "../ropeConfig.ts";
import type { ModelSpec } from "../spec.ts";
import {
  NO_MULTIPLIERS,
  readExperts,
  readHeadDim,
  readKeyValueHeads,
  readSizes,
  readWindow,
  uniformLayers,
} from "./common.ts";

export function readPhiMoe(config: ConfigReader): ModelSpec {
  const sizes = readSizes(config, {
    vocabSize: 32_064,
    hiddenSize: 4096,
    intermediateSize: 6400,
    layers: 32,
    heads: 32,
    maxPositions: 131_072,
    epsilon: 1e-5,
  });
  const headDim = readHeadDim(config, sizes);
  const bias = config.flag("attention_bias", false);
  const experts = readExperts(config, {
    countNames: ["num_local_experts", "num_experts"],
    count: 16,
    perToken: 2,
    intermediateSize: sizes.intermediateSize,
  });
  if (experts.perToken !== 2) {
    throw configError("config_unsupported", "num_experts_per_tok", "2, as sparsemixer chooses", experts.perToken);
  }
  return {
    architecture: "phimoe",
    vocabSize: sizes.vocabSize,
    hiddenSize: sizes.hiddenSize,
    maxPositions: sizes.maxPositions,
    norm: { kind: "layer", epsilon: sizes.epsilon },
    attention: {
      kind: "heads",
      heads: sizes.heads,
      keyValueHeads: readKeyValueHeads(config, sizes.heads, 8),
      headDim,
      scale: headDim ** -0.5,
      inputBias: bias,
      outputBias: bias,
      queryKeyNorm: "none",
      clip: undefined,
      sinks: false,
    },
    rope: readRope(config, { headDim, theta: 1e6, maxPositions: sizes.maxPositions, ownScales: true }),
    layers: uniformLayers(sizes.layerCount, readWindow(config)),
    experts,
    router: { kind: "sparsemixer", jitter: config.number("router_jitter_noise", { default: 0.01, min: 0 }) },
    shared: undefined,
    denseIntermediateSize: sizes.intermediateSize,
    activation: sizes.activation,
    multipliers: NO_MULTIPLIERS,
    tiedEmbeddings: sizes.tiedEmbeddings,
    headBias: config.flag("lm_head_bias", false),
  };
}
