/** DeepSeek-V2 and V3: latent attention, shared experts, routing within groups. */
import type { ConfigReader } from "../configReader.ts";
import { configError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { readRope, ropeObject, ropeType, yarnScale } from "../ropeConfig.ts";
import type { GroupSpec, LatentAttentionSpec, LayerSpec, ModelSpec, RopeSpec, RouterSpec } from "../spec.ts";
import { NO_MULTIPLIERS, readExperts, readIntermediateSize, readSizes, rmsNorm, type Sizes } from "./common.ts";

/** The latent norms are built without an epsilon of their own and so have the norm's default. */
const LATENT_EPSILON = 1e-6;

export function readDeepseekV2(config: ConfigReader): ModelSpec {
  const sizes = readSizes(config, {
    vocabSize: 32_000,
    hiddenSize: 4096,
    intermediateSize: 11_008,
    layers: 32,
    heads: 32,
    maxPositions: 2048,
    epsilon: 1e-6,
  });
  if (config.flag("mlp_bias", false)) throw configError("config_unsupported", "mlp_bias", "false", true);
  expectText(config, "scoring_func", "softmax");
  const moeIntermediateSize = readIntermediateSize(config, "moe_intermediate_size", 1407);
  const experts = readExperts(config, {
    countNames: ["n_routed_experts", "num_experts", "num_local_experts"],
    count: 64,
    intermediateSize: moeIntermediateSize,
  });
  return {
    ...readDeepseek(config, sizes, { firstDense: 0, sharedExperts: 2, moeIntermediateSize, interleaved: true }),
    architecture: "deepseek_v2",
    experts,
    router: readRouterV2(config, experts.count, experts.perToken),
  };
}

export function readDeepseekV3(config: ConfigReader): ModelSpec {
  const sizes = readSizes(config, {
    vocabSize: 129_280,
    hiddenSize: 7168,
    intermediateSize: 18_432,
    layers: 61,
    heads: 128,
    maxPositions: 4096,
    epsilon: 1e-6,
  });
  expectText(config, "scoring_func", "sigmoid");
  expectText(config, "topk_method", "noaux_tc");
  const moeIntermediateSize = readIntermediateSize(config, "moe_intermediate_size", 2048);
  const experts = readExperts(config, {
    countNames: ["n_routed_experts", "num_local_experts", "num_experts"],
    count: 256,
    perToken: 8,
    intermediateSize: moeIntermediateSize,
  });
  return {
    ...readDeepseek(config, sizes, {
      firstDense: 3,
      sharedExperts: 1,
      moeIntermediateSize,
      interleaved: config.flag("rope_interleave", true),
    }),
    architecture: "deepseek_v3",
    experts,
    router: {
      kind: "sigmoid",
      normalise: config.flag("norm_topk_prob", true),
      scale: config.number("routed_scaling_factor", { default: 2.5 }),
      groups: readGroups(config, experts.count, experts.perToken, { count: 8, chosen: 4 }),
    },
  };
}

/** V2 never renormalises the weights, whatever `norm_topk_prob` says: neither does the reference library. */
function readRouterV2(config: ConfigReader, experts: number, perToken: number): RouterSpec {
  const method = config.textOrNone("topk_method", "greedy") ?? "greedy";
  const scale = config.number("routed_scaling_factor", { default: 1 });
  if (method === "greedy") return { kind: "softmax", normalise: false, scale, groups: undefined };
  if (method === "group_limited_greedy") {
    return { kind: "softmax", normalise: false, scale, groups: readGroups(config, experts, perToken) };
  }
  throw configError("config_unsupported", "topk_method", "greedy or group_limited_greedy", method);
}

function readGroups(config: ConfigReader, experts: number, perToken: number, defaults?: GroupSpec): GroupSpec {
  const range = { min: 1, max: LIMITS.experts };
  const count = config.integer("n_group", defaults === undefined ? range : { ...range, default: defaults.count });
  const chosen = config.integer("topk_group", defaults === undefined ? range : { ...range, default: defaults.chosen });
  if (experts % count !== 0) throw configError("config_invalid", "n_group", `a divisor of ${experts} experts`, count);
  if (chosen > count) throw configError("config_invalid", "topk_group", `at most the ${count} groups`, chosen);
  if (perToken > chosen * (experts / count)) {
    const most = `at most the ${chosen * (experts / count)} experts of ${chosen} groups`;
    throw configError("config_invalid", "num_experts_per_tok", most, perToken);
  }
  return { count, chosen };
}

interface DeepseekDefaults {
  readonly firstDense: number;
  readonly sharedExperts: number;
  readonly moeIntermediateSize: number;
  readonly interleaved: boolean;
}

function readDeepseek(
  config: ConfigReader,
  sizes: Sizes,
  defaults: DeepseekDefaults,
): Omit<ModelSpec, "architecture" | "experts" | "router"> {
  const rotaryDim = config.integer("qk_rope_head_dim", { default: 64, min: 2, max: LIMITS.headDim });
  if (rotaryDim % 2 !== 0) throw configError("config_invalid", "qk_rope_head_dim", "an even number", rotaryDim);
  const rope = readRope(config, {
    headDim: rotaryDim,
    theta: 1e4,
    maxPositions: sizes.maxPositions,
    interleaved: defaults.interleaved,
  });
  const sharedExperts = config.integerOrNone("n_shared_experts", { default: defaults.sharedExperts, max: 1024 }) ?? 0;
  return {
    vocabSize: sizes.vocabSize,
    hiddenSize: sizes.hiddenSize,
    maxPositions: sizes.maxPositions,
    norm: rmsNorm(sizes),
    attention: readLatentAttention(config, sizes, rope),
    rope,
    layers: readLayers(config, sizes.layerCount, defaults.firstDense),
    shared:
      sharedExperts === 0
        ? undefined
        : { intermediateSize: defaults.moeIntermediateSize * sharedExperts, gated: false },
    denseIntermediateSize: sizes.intermediateSize,
    activation: sizes.activation,
    multipliers: NO_MULTIPLIERS,
    tiedEmbeddings: sizes.tiedEmbeddings,
    headBias: false,
  };
}

function readLatentAttention(config: ConfigReader, sizes: Sizes, rope: RopeSpec): LatentAttentionSpec {
  const plainDim = config.integer("qk_nope_head_dim", { default: 128, min: 1, max: LIMITS.headDim });
  const scale = (plainDim + rope.dimension) ** -0.5;
  return {
    kind: "latent",
    heads: sizes.heads,
    queryRank: config.integerOrNone("q_lora_rank", { default: 1536, min: 1, max: LIMITS.rank }),
    keyValueRank: config.integer("kv_lora_rank", { default: 512, min: 1, max: LIMITS.rank }),
    plainDim,
    rotaryDim: rope.dimension,
    valueDim: config.integer("v_head_dim", { default: 128, min: 1, max: LIMITS.headDim }),
    scale: scale * yarnTemperature(config, rope),
    bias: config.flag("attention_bias", false),
    latentEpsilon: LATENT_EPSILON,
  };
}

/** With scaled positions the scores are also multiplied by the square of YaRN's temperature for all dimensions. */
function yarnTemperature(config: ConfigReader, rope: RopeSpec): number {
  const parameters = ropeObject(config);
  const weight = parameters?.numberOrNone("mscale_all_dim");
  if (parameters === undefined || !weight || ropeType(parameters) === "default") return 1;
  const implied = rope.scaling.kind === "yarn" ? rope.scaling.factor : 1;
  return yarnScale(parameters.numberOrNone("factor") ?? implied, weight) ** 2;
}

/** The reference library does not read `moe_layer_freq`, which is 1 in all published configs. */
function readLayers(config: ConfigReader, count: number, firstDenseDefault: number): LayerSpec[] {
  const firstDense = config.integer("first_k_dense_replace", { default: firstDenseDefault, max: LIMITS.layers });
  return Array.from({ length: count }, (_, i) => ({
    feedForward: i >= firstDense ? ("experts" as const) : ("dense" as const),
    window: undefined,
  }));
}

function expectText(config: ConfigReader, field: string, expected: string): void {
  const value = config.textOrNone(field, expected) ?? expected;
  if (value !== expected) throw configError("config_unsupported", field, expected, value);
}
