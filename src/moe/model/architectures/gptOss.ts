/** gpt-oss: attention sinks, windows on every other layer, clamped SwiGLU with biases, experts in one stack. */
import type { ConfigReader } from "../configReader.ts";
import { configError } from "../errors.ts";
import { readRope, yarnScale } from "../ropeConfig.ts";
import type { ModelSpec } from "../spec.ts";
import {
  NO_MULTIPLIERS,
  readExperts,
  readHeadDim,
  readKeyValueHeads,
  readLayerWindows,
  readSizes,
  readWindow,
  rmsNorm,
} from "./common.ts";

export function readGptOss(config: ConfigReader): ModelSpec {
  const sizes = readSizes(config, {
    vocabSize: 201_088,
    hiddenSize: 2880,
    intermediateSize: 2880,
    layers: 36,
    heads: 64,
    maxPositions: 131_072,
    epsilon: 1e-5,
  });
  checkQuantisation(config);
  const headDim = config.has("head_dim") ? readHeadDim(config, sizes) : 64;
  const bias = config.flag("attention_bias", true);
  const windows = readLayerWindows(config, sizes.layerCount, readWindow(config, 128), (layer) => layer % 2 === 0);
  return {
    architecture: "gpt_oss",
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
      inputBias: bias,
      outputBias: bias,
      queryKeyNorm: "none",
      clip: undefined,
      sinks: true,
    },
    rope: readRope(config, {
      headDim,
      theta: 150_000,
      maxPositions: sizes.maxPositions,
      scaling: {
        kind: "yarn",
        factor: 32,
        originalPositions: 4096,
        betaFast: 32,
        betaSlow: 1,
        truncate: false,
        attentionFactor: yarnScale(32, 1),
      },
    }),
    layers: windows.map((window) => ({ feedForward: "experts", window })),
    experts: readExperts(config, {
      countNames: ["num_local_experts", "num_experts"],
      count: 128,
      perToken: 4,
      intermediateSize: sizes.intermediateSize,
      bias: true,
    }),
    router: { kind: "top-softmax", bias: true },
    shared: undefined,
    denseIntermediateSize: sizes.intermediateSize,
    // `hidden_act` and `swiglu_limit` are in the config but the reference library's experts do not read them.
    activation: { kind: "clamped-swiglu", alpha: 1.702, limit: 7 },
    multipliers: NO_MULTIPLIERS,
    tiedEmbeddings: sizes.tiedEmbeddings,
    headBias: false,
  };
}

function checkQuantisation(config: ConfigReader): void {
  const quantisation = config.object("quantization_config");
  const method = quantisation?.textOrNone("quant_method");
  if (method === undefined || method === "mxfp4") return;
  throw configError("config_unsupported", "quantization_config.quant_method", "mxfp4", method);
}
