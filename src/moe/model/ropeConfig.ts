/**
 * Reads rotary positions from a config: `rope_theta` with `rope_scaling` (older files), or `rope_parameters` (newer).
 * Formulas of the defaults: https://github.com/huggingface/transformers/blob/main/src/transformers/modeling_rope_utils.py
 */
import { type ConfigReader, checkNumber } from "./configReader.ts";
import { configError } from "./errors.ts";
import { LIMITS } from "./limits.ts";
import type { RopeScaling, RopeSpec } from "./spec.ts";

export interface RopeDefaults {
  readonly headDim: number;
  readonly theta: number;
  readonly maxPositions: number;
  readonly interleaved?: boolean;
  /** Where the config says nothing. */
  readonly scaling?: RopeScaling;
}

export function readRope(config: ConfigReader, defaults: RopeDefaults): RopeSpec {
  const parameters = config.object("rope_parameters") ?? config.object("rope_scaling");
  const theta = (parameters?.has("rope_theta") ? parameters : config).number("rope_theta", {
    default: defaults.theta,
    min: 1,
    max: 1e15,
  });
  const partial = (parameters?.has("partial_rotary_factor") ? parameters : config).number("partial_rotary_factor", {
    default: 1,
    min: 0,
    max: 1,
  });
  const dimension = Math.floor(defaults.headDim * partial);
  if (dimension < 2 || dimension % 2 !== 0) {
    throw configError("config_invalid", "head_dim", "an even number of rotated elements, at least 2", dimension);
  }
  const scaling =
    parameters === undefined
      ? (defaults.scaling ?? { kind: "default" as const })
      : readScaling(parameters, config, dimension, defaults.maxPositions);
  return { dimension, interleaved: defaults.interleaved ?? false, theta, scaling };
}

function readScaling(rope: ConfigReader, config: ConfigReader, dimension: number, maxPositions: number): RopeScaling {
  const name = rope.has("rope_type") ? "rope_type" : "type";
  const kind = rope.textOrNone(name, "default") ?? "default";
  const factor = (): number => rope.number("factor", { min: 1e-3, max: 1e6 });
  const originalPositions = (): number =>
    rope.integerOrNone("original_max_position_embeddings", { min: 1, max: LIMITS.positions }) ??
    config.integerOrNone("original_max_position_embeddings", { min: 1, max: LIMITS.positions }) ??
    maxPositions;
  switch (kind) {
    case "default":
      return { kind };
    case "linear":
      return { kind, factor: factor() };
    case "llama3":
      return readLlama3(rope, factor(), originalPositions());
    case "yarn":
      return readYarn(rope, originalPositions(), maxPositions);
    case "longrope":
    case "su":
      return readLongRope(rope, dimension, originalPositions(), maxPositions);
    default:
      throw configError("config_unsupported", rope.field(name), "one of default, linear, llama3, yarn, longrope", kind);
  }
}

function readLlama3(rope: ConfigReader, factor: number, originalPositions: number): RopeScaling {
  const lowFrequencyFactor = rope.number("low_freq_factor", { min: 1e-3, max: 1e6 });
  const highFrequencyFactor = rope.number("high_freq_factor", { min: 1e-3, max: 1e6 });
  if (highFrequencyFactor <= lowFrequencyFactor) {
    const field = rope.field("high_freq_factor");
    throw configError("config_invalid", field, `more than low_freq_factor ${lowFrequencyFactor}`, highFrequencyFactor);
  }
  return { kind: "llama3", factor, lowFrequencyFactor, highFrequencyFactor, originalPositions };
}

function readYarn(rope: ConfigReader, originalPositions: number, maxPositions: number): RopeScaling {
  const factor = rope.numberOrNone("factor", { min: 1e-3, max: 1e6 }) ?? maxPositions / originalPositions;
  const scale = rope.numberOrNone("mscale");
  const scaleAllDimensions = rope.numberOrNone("mscale_all_dim");
  const ratio =
    scale && scaleAllDimensions
      ? yarnScale(factor, scale) / yarnScale(factor, scaleAllDimensions)
      : yarnScale(factor, 1);
  return {
    kind: "yarn",
    factor,
    originalPositions,
    betaFast: rope.numberOrNone("beta_fast", { min: 0, max: 1e6 }) || 32,
    betaSlow: rope.numberOrNone("beta_slow", { min: 0, max: 1e6 }) || 1,
    truncate: rope.flag("truncate", true),
    attentionFactor: rope.numberOrNone("attention_factor", { min: 0, max: 1e6 }) ?? ratio,
  };
}

/** YaRN's temperature: 0.1 * weight * ln(factor) + 1. https://arxiv.org/abs/2309.00071 */
export function yarnScale(factor: number, weight: number): number {
  return factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1;
}

function readLongRope(
  rope: ConfigReader,
  dimension: number,
  originalPositions: number,
  maxPositions: number,
): RopeScaling {
  const factors = (name: string): number[] => {
    const values = rope.list(name, (field, value) => checkNumber(field, value, { min: 1e-6, max: 1e9 }));
    if (values?.length === dimension / 2) return values;
    throw configError("config_invalid", rope.field(name), `${dimension / 2} numbers`, values?.length);
  };
  const factor = rope.numberOrNone("factor", { min: 1e-3, max: 1e6 }) ?? maxPositions / originalPositions;
  const general = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(originalPositions));
  const attentionFactor = rope.numberOrNone("attention_factor", { min: 0, max: 1e6 }) ?? general;
  return {
    kind: "longrope",
    originalPositions,
    shortFactors: factors("short_factor"),
    longFactors: factors("long_factor"),
    shortScale: rope.numberOrNone("short_mscale", { min: 0, max: 1e6 }) ?? attentionFactor,
    longScale: rope.numberOrNone("long_mscale", { min: 0, max: 1e6 }) ?? attentionFactor,
  };
}
