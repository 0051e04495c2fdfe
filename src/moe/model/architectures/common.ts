/** What the configs of all architectures have in common, with each architecture's own defaults. */
import { readActivation } from "../activation.ts";
import type { ConfigReader } from "../configReader.ts";
import { configError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { ActivationSpec, ExpertsSpec, LayerSpec, MultiplierSpec, NormSpec } from "../spec.ts";

export interface SizeDefaults {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly maxPositions: number;
  readonly epsilon: number;
}

export interface Sizes {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layerCount: number;
  readonly heads: number;
  readonly maxPositions: number;
  readonly epsilon: number;
  readonly tiedEmbeddings: boolean;
  readonly activation: ActivationSpec;
}

export function readSizes(config: ConfigReader, defaults: SizeDefaults): Sizes {
  return {
    vocabSize: config.integer("vocab_size", { default: defaults.vocabSize, min: 1, max: LIMITS.vocabSize }),
    hiddenSize: config.integer("hidden_size", { default: defaults.hiddenSize, min: 1, max: LIMITS.hiddenSize }),
    intermediateSize: config.integer("intermediate_size", {
      default: defaults.intermediateSize,
      min: 1,
      max: LIMITS.intermediateSize,
    }),
    layerCount: config.integer("num_hidden_layers", { default: defaults.layers, min: 1, max: LIMITS.layers }),
    heads: config.integer("num_attention_heads", { default: defaults.heads, min: 1, max: LIMITS.heads }),
    maxPositions: config.integer("max_position_embeddings", {
      default: defaults.maxPositions,
      min: 1,
      max: LIMITS.positions,
    }),
    epsilon: config.number("rms_norm_eps", { default: defaults.epsilon, min: 0, max: 1 }),
    tiedEmbeddings: config.flag("tie_word_embeddings", false),
    activation: { kind: "gated", function: readActivation(config) },
  };
}

/** Number of key/value heads: a divisor of the number of heads; `null` or an absent key without default means as many. */
export function readKeyValueHeads(config: ConfigReader, heads: number, fallback?: number): number {
  const name = "num_key_value_heads";
  const range = { min: 1, max: LIMITS.heads };
  const count = config.integerOrNone(name, fallback === undefined ? range : { ...range, default: fallback }) ?? heads;
  if (heads % count === 0) return count;
  throw configError("config_invalid", name, `a divisor of the ${heads} attention heads`, count);
}

/** `head_dim`, or the hidden size divided among the heads. */
export function readHeadDim(config: ConfigReader, sizes: Sizes): number {
  const given = config.integerOrNone("head_dim", { min: 1, max: LIMITS.headDim });
  if (given !== undefined) return given;
  const derived = Math.floor(sizes.hiddenSize / sizes.heads);
  if (derived >= 1 && derived <= LIMITS.headDim) return derived;
  throw configError("config_invalid", "num_attention_heads", `at most hidden_size ${sizes.hiddenSize}`, sizes.heads);
}

export function readExperts(
  config: ConfigReader,
  options: {
    readonly countNames: readonly string[];
    readonly count?: number;
    readonly perToken?: number;
    readonly intermediateSize: number;
    readonly bias?: boolean;
  },
): ExpertsSpec {
  const countRange = { min: 1, max: LIMITS.experts };
  const count = config.integer(
    options.countNames,
    options.count === undefined ? countRange : { ...countRange, default: options.count },
  );
  const perTokenRange = { min: 1, max: LIMITS.experts };
  const perToken = config.integer(
    "num_experts_per_tok",
    options.perToken === undefined ? perTokenRange : { ...perTokenRange, default: options.perToken },
  );
  if (perToken > count) {
    throw configError("config_invalid", "num_experts_per_tok", `at most the ${count} experts there are`, perToken);
  }
  return { count, perToken, intermediateSize: options.intermediateSize, bias: options.bias ?? false };
}

export function readIntermediateSize(config: ConfigReader, name: string, fallback: number): number {
  return config.integer(name, { default: fallback, min: 1, max: LIMITS.intermediateSize });
}

/** A window that is `null`, absent without default, or switched off gives `undefined`. */
export function readWindow(config: ConfigReader, fallback?: number): number | undefined {
  const range = { min: 1, max: LIMITS.window };
  return config.integerOrNone("sliding_window", fallback === undefined ? range : { ...range, default: fallback });
}

export function uniformLayers(count: number, window: number | undefined): LayerSpec[] {
  return Array.from({ length: count }, () => ({ feedForward: "experts" as const, window }));
}

/**
 * Windows from `layer_types`, or from `pattern` where the config does not list them. Throws `config_invalid` for a
 * listed layer with a window when the config has none.
 */
export function readLayerWindows(
  config: ConfigReader,
  count: number,
  window: number | undefined,
  pattern: (layer: number) => boolean,
): (number | undefined)[] {
  const field = "layer_types";
  const types = config.list(field, (_, value) => value);
  if (types === undefined) return Array.from({ length: count }, (_, i) => (pattern(i) ? window : undefined));
  if (types.length !== count) throw configError("config_invalid", field, `${count} entries`, types.length);
  return types.map((type, i) => {
    if (type === "full_attention") return undefined;
    if (type === "sliding_attention") return requireWindow(window);
    throw configError("config_unsupported", `${field}[${i}]`, "full_attention or sliding_attention", type);
  });
}

/** Throws `config_invalid` where layers have a window and the config does not say how long it is. */
export function requireWindow(window: number | undefined): number {
  if (window !== undefined) return window;
  throw configError("config_invalid", "sliding_window", "the length of the window that layers have", undefined);
}

export function rmsNorm(sizes: Sizes): NormSpec {
  return { kind: "rms", epsilon: sizes.epsilon };
}

export const NO_MULTIPLIERS: MultiplierSpec = { embedding: 1, residual: 1, logitsDivisor: 1 };
