/** Qwen2-MoE and Qwen3-MoE: layers with experts every `decoder_sparse_step`, dense ones between. */
import { type ConfigReader, checkInteger } from "../configReader.ts";
import { LIMITS } from "../limits.ts";
import { readRope } from "../ropeConfig.ts";
import type { LayerSpec, ModelSpec } from "../spec.ts";
import {
  NO_MULTIPLIERS,
  readExperts,
  readHeadDim,
  readIntermediateSize,
  readKeyValueHeads,
  readLayerWindows,
  readSizes,
  readWindow,
  requireWindow,
  rmsNorm,
} from "./common.ts";

export function readQwen2Moe(config: ConfigReader): ModelSpec {
  const sizes = readSizes(config, {
    vocabSize: 151_936,
    hiddenSize: 2048,
    intermediateSize: 5632,
    layers: 24,
    heads: 16,
    maxPositions: 32_768,
    epsilon: 1e-6,
  });
  const headDim = readHeadDim(config, sizes);
  const sharedSize = config.integer("shared_expert_intermediate_size", { default: 5632, max: LIMITS.intermediateSize });
  const windowed = config.flag("use_sliding_window", false);
  const windowedLayers = config.integer("max_window_layers", { default: 28, max: LIMITS.layers });
  const windows = readLayerWindows(
    config,
    sizes.layerCount,
    windowed ? requireWindow(readWindow(config, 4096)) : undefined,
    (layer) => layer % 2 === 0 && layer < windowedLayers,
  );
  return {
    architecture: "qwen2_moe",
    vocabSize: sizes.vocabSize,
    hiddenSize: sizes.hiddenSize,
    maxPositions: sizes.maxPositions,
    norm: rmsNorm(sizes),
    attention: {
      kind: "heads",
      heads: sizes.heads,
      keyValueHeads: readKeyValueHeads(config, sizes.heads, 16),
      headDim,
      scale: headDim ** -0.5,
      inputBias: config.flag("qkv_bias", true),
      outputBias: false,
      queryKeyNorm: "none",
      clip: undefined,
      sinks: false,
    },
    rope: readRope(config, { headDim, theta: 1e4, maxPositions: sizes.maxPositions }),
    layers: sparseLayers(config, windows),
    experts: readExperts(config, {
      countNames: ["num_experts", "num_local_experts"],
      count: 60,
      perToken: 4,
      intermediateSize: readIntermediateSize(config, "moe_intermediate_size", 1408),
    }),
    router: { kind: "softmax", normalise: config.flag("norm_topk_prob", false), scale: 1, groups: undefined },
    shared: sharedSize === 0 ? undefined : { intermediateSize: sharedSize, gated: true },
    denseIntermediateSize: sizes.intermediateSize,
    activation: sizes.activation,
    multipliers: NO_MULTIPLIERS,
    tiedEmbeddings: sizes.tiedEmbeddings,
    headBias: false,
  };
}

export function readQwen3Moe(config: ConfigReader): ModelSpec {
  const sizes = readSizes(config, {
    vocabSize: 151_936,
    hiddenSize: 2048,
    intermediateSize: 6144,
    layers: 24,
    heads: 32,
    maxPositions: 32_768,
    epsilon: 1e-6,
  });
  const headDim = readHeadDim(config, sizes);
  const bias = config.flag("attention_bias", false);
  // Unlike in Qwen2-MoE the window holds for every layer.
  const window = config.flag("use_sliding_window", false) ? readWindow(config, 4096) : undefined;
  return {
    architecture: "qwen3_moe",
    vocabSize: sizes.vocabSize,
    hiddenSize: sizes.hiddenSize,
    maxPositions: sizes.maxPositions,
    norm: rmsNorm(sizes),
    attention: {
      kind: "heads",
      heads: sizes.heads,
      keyValueHeads: readKeyValueHeads(config, sizes.heads, 4),
      headDim,
      scale: headDim ** -0.5,
      inputBias: bias,
      outputBias: bias,
      queryKeyNorm: "head",
      clip: undefined,
      sinks: false,
    },
    rope: readRope(config, { headDim, theta: 1e4, maxPositions: sizes.maxPositions }),
    layers: sparseLayers(
      config,
      Array.from({ length: sizes.layerCount }, () => window),
    ),
    experts: readExperts(config, {
      countNames: ["num_experts", "num_local_experts"],
      count: 128,
      perToken: 8,
      intermediateSize: readIntermediateSize(config, "moe_intermediate_size", 768),
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

/** Layer i has experts when i + 1 is a multiple of the step and i is not listed as dense. */
function sparseLayers(config: ConfigReader, windows: readonly (number | undefined)[]): LayerSpec[] {
  const step = config.integer("decoder_sparse_step", { default: 1, min: 1, max: LIMITS.layers });
  const dense = new Set(
    config.list("mlp_only_layers", (field, value) => checkInteger(field, value, { max: LIMITS.layers })),
  );
  return windows.map((window, i) => ({
    feedForward: !dense.has(i) && (i + 1) % step === 0 ? "experts" : "dense",
    window,
  }));
}
