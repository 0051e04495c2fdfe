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
  /** `short_mscale` and `long_mscale` are read, and the original length stands beside them: Phi-MoE. Default false. */
  readonly ownScales?: boolean;
}

/**
 * The object with the parameters. As in the reference library the older name comes first, and an object without keys
 * counts as absent.
 */
export function ropeObject(config: ConfigReader): ConfigReader | undefined {
  return ["rope_scaling", "rope_parameters"].map((name) => config.object(name)).find((found) => found?.size);
}

/** The kind of scaling that the parameters ask for, by the library's name; older files call the key `type`. */
export function ropeType(rope: ConfigReader): string {
  return rope.textOrNone(typeField(rope), "default") ?? "default";
}

function typeField(rope: ConfigReader): string {
  return rope.has("rope_type") ? "rope_type" : "type";
}

export function readRope(config: ConfigReader, defaults: RopeDefaults): RopeSpec {
  const parameters = ropeObject(config);
  const theta = (parameters?.has("rope_theta") ? parameters : config).number("rope_theta", {
    default: defaults.theta,
    min: 1,
    max: 1e15,
  });
  const { headDim, maxPositions } = defaults;
  if (headDim < 2 || headDim % 2 !== 0) {
    throw configError("config_invalid", "head_dim", "an even number of rotated elements, at least 2", headDim);
  }
  const scaling =
    parameters === undefined
      ? (defaults.scaling ?? { kind: "default" as const })
      : readScaling(parameters, config, headDim, maxPositions, defaults.ownScales ?? false);
  return { dimension: headDim, interleaved: defaults.interleaved ?? false, theta, scaling };
}

function readScaling(
  rope: ConfigReader,
  config: ConfigReader,
  dimension: number,
  maxPositions: number,
  ownScales: boolean,
): RopeScaling {
  for (const layerType of ["full_attention", "sliding_attention"]) {
    if (rope.has(layerType))
      throw configError("config_unsupported", rope.field(layerType), "one rule for all layers", {});
  }
  const kind = ropeType(rope);
  const factor = (): number => rope.number("factor", { min: 1e-3, max: 1e6 });
  // Beside the parameters it comes first, except in Phi-MoE.
  const [first, second] = ownScales ? [rope, config] : [config, rope];
  const originalOf = (reader: ConfigReader): number | undefined =>
    reader.integerOrNone("original_max_position_embeddings", { min: 1, max: LIMITS.positions });
  const originalPositions = (): number => originalOf(first) ?? originalOf(second) ?? maxPositions;
  const share = readRotatedShare(rope, config);
  // The library's plain frequencies are for the whole head whatever the share; its other rules would not fit the head.
  if (kind === "default") return { kind };
  if (kind === "proportional") return readProportional(rope, dimension, share);
  if (share !== 1) throw configError("config_unsupported", "partial_rotary_factor", "1", share);
  if (ownScales && kind !== "longrope" && kind !== "su") {
    throw configError("config_unsupported", rope.field(typeField(rope)), "default or longrope", kind);
  }
  switch (kind) {
    case "linear":
      return { kind, factor: factor() };
    case "dynamic":
      // Only past the model's longest sequence, where nothing is computed, does it change the frequencies.
      factor();
      return { kind: "default" };
    case "llama3":
      return readLlama3(rope, factor(), originalPositions());
    case "yarn":
      return readYarn(rope, originalPositions(), maxPositions);
    case "longrope":
    case "su":
      return readLongRope(rope, dimension, originalPositions(), maxPositions, ownScales);
    default: {
      const known = "one of default, linear, dynamic, llama3, yarn, longrope, proportional";
      throw configError("config_unsupported", rope.field(typeField(rope)), known, kind);
    }
  }
}

function readRotatedShare(rope: ConfigReader, config: ConfigReader): number {
  const reader = rope.has("partial_rotary_factor") ? rope : config;
  return reader.numberOrNone("partial_rotary_factor", { min: 0, max: 1 }) ?? 1;
}

/** Of all pairs of a head the first ones turn, as fast as if all did; the others do not. */
function readProportional(rope: ConfigReader, dimension: number, share: number): RopeScaling {
  const factor = rope.number("factor", { default: 1, min: 1e-3, max: 1e6 });
  return { kind: "proportional", factor, rotatedPairs: Math.floor((share * dimension) / 2) };
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
  ownScales: boolean,
): RopeScaling {
  const factors = (name: string): number[] => {
    const values = rope.list(name, (field, value) => checkNumber(field, value, { min: 1e-6, max: 1e9 }));
    if (values?.length === dimension / 2) return values;
    throw configError("config_invalid", rope.field(name), `${dimension / 2} numbers`, values?.length);
  };
  const factor = rope.numberOrNone("factor", { min: 1e-3, max: 1e6 }) ?? maxPositions / originalPositions;
  const general = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(originalPositions));
  const attentionFactor = rope.numberOrNone("attention_factor", { min: 0, max: 1e6 }) ?? general;
  const ownScale = (name: string): number =>
    (ownScales ? rope.numberOrNone(name, { min: 0, max: 1e6 }) : undefined) ?? attentionFactor;
  return {
    kind: "longrope",
    originalPositions,
    shortFactors: factors("short_factor"),
    longFactors: factors("long_factor"),
    shortScale: ownScale("short_mscale"),
    longScale: ownScale("long_mscale"),
  };
}
