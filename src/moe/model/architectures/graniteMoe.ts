/** Granite-MoE: multipliers on embedding, residuals, scores and logits; the softmax runs over the chosen experts only. */
import type { ConfigReader } from "../configReader.ts";
import { configError } from "../errors.ts";
import { readRope } from "../ropeConfig.ts";
import type { ModelSpec } from "../spec.ts";
import { readExperts, readHeadDim, readKeyValueHeads, readSizes, rmsNorm, uniformLayers } from "./common.ts";

export function readGraniteMoe(config: ConfigReader): ModelSpec {
  const sizes = readSizes(config, {
    vocabSize: 32_000,
    hiddenSize: 4096,
    intermediateSize: 11_008,
    layers: 32,
    heads: 32,
    maxPositions: 2048,
    epsilon: 1e-6,
  });
  const headDim = readHeadDim(config, sizes);
  const bias = config.flag("attention_bias", false);
  return {
    architecture: "granitemoe",
    vocabSize: sizes.vocabSize,
    hiddenSize: sizes.hiddenSize,
    maxPositions: sizes.maxPositions,
    norm: rmsNorm(sizes),
    attention: {
      kind: "heads",
      heads: sizes.heads,
      keyValueHeads: readKeyValueHeads(config, sizes.heads),
      headDim,
      scale: config.number("attention_multiplier", { default: 1 }),
      inputBias: bias,
      outputBias: bias,
      queryKeyNorm: "none",
      clip: undefined,
      sinks: false,
    },
    rope: readPositions(config)
      ? readRope(config, { headDim, theta: 1e4, maxPositions: sizes.maxPositions })
      : undefined,
    layers: uniformLayers(sizes.layerCount, undefined),
    experts: readExperts(config, {
      countNames: ["num_local_experts", "num_experts"],
      count: 8,
      perToken: 2,
      intermediateSize: sizes.intermediateSize,
    }),
    router: { kind: "top-softmax", bias: false },
    shared: undefined,
    denseIntermediateSize: sizes.intermediateSize,
    activation: sizes.activation,
    multipliers: {
      embedding: config.number("embedding_multiplier", { default: 1 }),
      residual: config.number("residual_multiplier", { default: 1 }),
      logitsDivisor: readLogitsScaling(config),
    },
    tiedEmbeddings: sizes.tiedEmbeddings,
    headBias: false,
  };
}

/** Whether positions are encoded by rotation. */
function readPositions(config: ConfigReader): boolean {
  const field = "position_embedding_type";
  const type = config.textOrNone(field, "rope");
  if (type === "rope") return true;
  if (type === undefined || type === "nope") return false;
  throw configError("config_unsupported", field, "rope or nope", type);
}

function readLogitsScaling(config: ConfigReader): number {
  const scaling = config.number("logits_scaling", { default: 1 });
  if (scaling !== 0) return scaling;
  throw configError("config_invalid", "logits_scaling", "a number other than 0", scaling);
}
