/**
 * A model's description as GGUF metadata: `general.architecture` and the keys under it, as llama.cpp reads them.
 * https://github.com/ggml-org/llama.cpp/blob/master/gguf-py/gguf/constants.py
 */
import type { GgufScalarType, GgufValue } from "../../formats/gguf/values.ts";
import { yarnScale } from "../../model/ropeConfig.ts";
import type { Architecture, ModelSpec, RopeScaling } from "../../model/spec.ts";

/** llama.cpp's names. Mixtral is its "llama" with experts; both DeepSeeks share one. */
const GGUF_ARCHITECTURES: { readonly [A in Architecture]: string } = {
  mixtral: "llama",
  olmoe: "olmoe",
  qwen2_moe: "qwen2moe",
  qwen3_moe: "qwen3moe",
  deepseek_v2: "deepseek2",
  deepseek_v3: "deepseek2",
  gpt_oss: "gpt-oss",
  granitemoe: "granitemoe",
  phimoe: "phimoe",
};

const SOFTMAX = 1;
const SIGMOID = 2;

type Entry = readonly [key: string, type: GgufScalarType, value: number | string | boolean | undefined];

/** Keys in a fixed order; those without a value are left out. */
export function hyperparameters(spec: ModelSpec): Map<string, GgufValue> {
  const name = GGUF_ARCHITECTURES[spec.architecture];
  const own: readonly Entry[] = [
    ["block_count", "u32", spec.layers.length],
    ["context_length", "u32", spec.maxPositions],
    ["embedding_length", "u32", spec.hiddenSize],
    ["feed_forward_length", "u32", spec.denseIntermediateSize],
    ["vocab_size", "u32", spec.vocabSize],
    ["attention.layer_norm_rms_epsilon", "f32", spec.norm.epsilon],
    ...attention(spec),
    ...rope(spec),
    ...experts(spec),
    ...multipliers(spec),
  ];
  const entries = new Map<string, GgufValue>([["general.architecture", { type: "string", value: name }]]);
  for (const [key, type, value] of own) if (value !== undefined) entries.set(`${name}.${key}`, { type, value });
  return entries;
}

function attention({ attention, layers, architecture }: ModelSpec): Entry[] {
  const window = layers.find((layer) => layer.window !== undefined)?.window;
  if (attention.kind === "heads") {
    return [
      ["attention.head_count", "u32", attention.heads],
      ["attention.head_count_kv", "u32", attention.keyValueHeads],
      ["attention.key_length", "u32", attention.headDim],
      ["attention.value_length", "u32", attention.headDim],
      ["attention.sliding_window", "u32", architecture === "gpt_oss" ? window : undefined],
    ];
  }
  // Latent attention as llama.cpp runs it: one key/value head that is the compressed vector and the rotary part.
  const { keyValueRank, plainDim, rotaryDim, valueDim } = attention;
  return [
    ["attention.head_count", "u32", attention.heads],
    ["attention.head_count_kv", "u32", 1],
    ["attention.q_lora_rank", "u32", attention.queryRank],
    ["attention.kv_lora_rank", "u32", keyValueRank],
    ["attention.key_length", "u32", keyValueRank + rotaryDim],
    ["attention.value_length", "u32", keyValueRank],
    ["attention.key_length_mla", "u32", plainDim + rotaryDim],
    ["attention.value_length_mla", "u32", valueDim],
  ];
}

function rope(spec: ModelSpec): Entry[] {
  if (spec.rope === undefined) return [["rope.scaling.finetuned", "bool", false]];
  return [
    ["rope.dimension_count", "u32", spec.rope.dimension],
    ["rope.freq_base", "f32", spec.rope.theta],
    ...ropeScaling(spec, spec.rope.scaling),
  ];
}

function ropeScaling(spec: ModelSpec, scaling: RopeScaling): Entry[] {
  switch (scaling.kind) {
    case "default":
    case "llama3": // through the tensor rope_freqs
    case "proportional": // refused before
      return [];
    case "linear":
      return [
        ["rope.scaling.type", "string", "linear"],
        ["rope.scaling.factor", "f32", scaling.factor],
      ];
    case "yarn":
      return [
        ["rope.scaling.type", "string", "yarn"],
        ["rope.scaling.factor", "f32", scaling.factor],
        ["rope.scaling.original_context_length", "u32", scaling.originalPositions],
        ["rope.scaling.yarn_beta_fast", "f32", scaling.betaFast],
        ["rope.scaling.yarn_beta_slow", "f32", scaling.betaSlow],
        ["rope.scaling.yarn_log_multiplier", "f32", yarnLogMultiplier(spec, scaling.factor)],
        ["rope.scaling.attn_factor", "f32", yarnAttentionFactor(spec, scaling)],
      ];
    case "longrope":
      return [
        ["rope.scaling.type", "string", "longrope"],
        ["rope.scaling.original_context_length", "u32", scaling.originalPositions],
        ["rope.scaling.attn_factor", "f32", scaling.longScale],
      ];
  }
}

/**
 * DeepSeek multiplies its attention scores by t^2 with t = 0.1 w ln(factor) + 1; llama.cpp computes t from 0.1 w.
 * The description holds the scale with t^2 in it, so w is worked out from there.
 */
function yarnLogMultiplier({ attention }: ModelSpec, factor: number): number | undefined {
  if (attention.kind !== "latent" || factor <= 1) return undefined;
  const temperature = Math.sqrt(attention.scale * Math.sqrt(attention.plainDim + attention.rotaryDim));
  return (temperature - 1) / Math.log(factor);
}

/** llama.cpp multiplies by 0.1 ln(factor) + 1 itself; only a factor besides that is written. */
function yarnAttentionFactor({ attention }: ModelSpec, scaling: RopeScaling & { kind: "yarn" }): number | undefined {
  if (attention.kind === "latent") return undefined;
  const own = scaling.attentionFactor / yarnScale(scaling.factor, 1);
  return Math.abs(own - 1) < 1e-6 ? undefined : own;
}

function experts(spec: ModelSpec): Entry[] {
  const { experts, router, shared, layers } = spec;
  const deepseek = spec.attention.kind === "latent";
  const grouped = router.kind === "softmax" || router.kind === "sigmoid" ? router : undefined;
  const sharedCount = shared === undefined ? 0 : shared.intermediateSize / experts.intermediateSize;
  return [
    ["expert_count", "u32", experts.count],
    ["expert_used_count", "u32", experts.perToken],
    ["expert_feed_forward_length", "u32", experts.intermediateSize],
    ["expert_shared_feed_forward_length", "u32", deepseek ? undefined : shared?.intermediateSize],
    ["expert_shared_count", "u32", deepseek ? sharedCount : undefined],
    ["leading_dense_block_count", "u32", deepseek ? leadingDense(layers) : undefined],
    ["expert_weights_scale", "f32", deepseek ? grouped?.scale : undefined],
    ["expert_weights_norm", "bool", deepseek ? grouped?.normalise : undefined],
    ["expert_gating_func", "u32", deepseek ? (router.kind === "sigmoid" ? SIGMOID : SOFTMAX) : undefined],
    ["expert_group_count", "u32", grouped?.groups?.count],
    ["expert_group_used_count", "u32", grouped?.groups?.chosen],
  ];
}

function multipliers({ architecture, multipliers, attention }: ModelSpec): Entry[] {
  if (architecture !== "granitemoe") return [];
  return [
    ["attention.scale", "f32", attention.scale],
    ["embedding_scale", "f32", multipliers.embedding],
    ["residual_scale", "f32", multipliers.residual],
    ["logit_scale", "f32", multipliers.logitsDivisor],
  ];
}

/** Number of layers without experts before the first one with. */
export function leadingDense(layers: ModelSpec["layers"]): number {
  const first = layers.findIndex((layer) => layer.feedForward === "experts");
  return first < 0 ? layers.length : first;
}
