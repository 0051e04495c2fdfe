/**
 * The metadata of a GGUF file as the `config.json` that it was made from, so that one parser serves both.
 *
 * What llama.cpp's format leaves out is told by the tensors: sizes of vocabulary and experts, biases, tied embeddings,
 * LongRoPE's factors. An absent key takes the value that llama.cpp gives it, not the default of a `config.json`.
 * https://github.com/ggml-org/llama.cpp/blob/master/gguf-py/gguf/constants.py
 */
import type { GgufMetadata } from "../formats/gguf/values.ts";
import type { TensorSource } from "../tensor.ts";
import { configError, modelError } from "./errors.ts";
import { defined, GgufReader } from "./ggufReader.ts";
import { ggufRopeScaling } from "./ggufRope.ts";
import { refuseStrangeKeys, refuseStrangeTensors } from "./ggufStrangers.ts";
import { type ModelConfig, parseConfig } from "./parseConfig.ts";

type Values = Record<string, unknown>;

/** llama.cpp's architecture names; `deepseek2` stands for both DeepSeeks, `llama` for Mixtral if it has experts. */
const CLASSES: ReadonlyMap<string, string> = new Map([
  ["llama", "MixtralForCausalLM"],
  ["olmoe", "OlmoeForCausalLM"],
  ["qwen2moe", "Qwen2MoeForCausalLM"],
  ["qwen3moe", "Qwen3MoeForCausalLM"],
  ["deepseek2", "DeepseekV2ForCausalLM"],
  ["gpt-oss", "GptOssForCausalLM"],
  ["granitemoe", "GraniteMoeForCausalLM"],
  ["phimoe", "PhimoeForCausalLM"],
]);

/** `expert_gating_func` of sigmoid routers. */
const SIGMOID = 2;

/**
 * Files of DeepSeek-V2 and V3 made before the end of 2025 do not say that experts are chosen within groups. The models
 * are told by layers, hidden size and number of experts: [V2, V3] -> groups and how many of them are chosen.
 */
const DEEPSEEK_GROUPS: ReadonlyMap<string, readonly [count: number, chosen: number]> = new Map([
  ["60/5120/160", [8, 3]],
  ["61/7168/256", [8, 4]],
]);

/**
 * Throws `architecture_unsupported`, `config_unsupported` for computations that the architecture does not have here,
 * `config_invalid`, and `gguf_metadata_invalid` for values of the wrong type.
 */
export async function ggufConfig(metadata: GgufMetadata, source: TensorSource): Promise<ModelConfig> {
  const architecture = metadata.string("general.architecture") ?? "";
  const reader = new GgufReader(metadata, architecture, source);
  const name = CLASSES.get(architecture);
  if (name === undefined || !reader.natural("expert_count")) {
    throw modelError(
      "architecture_unsupported",
      `general.architecture: expected one of ${[...CLASSES.keys()].join(", ")} with experts, got ${architecture.slice(0, 64)}`,
      { field: "general.architecture" },
    );
  }
  refuseStrangeKeys(reader);
  const latent = architecture === "deepseek2";
  const config = defined({
    architectures: [latent && isSigmoid(reader) ? "DeepseekV3ForCausalLM" : name],
    ...sizes(reader),
    ...(latent ? latentAttention(reader) : headAttention(reader)),
    ...(latent ? deepseekExperts(reader) : experts(reader)),
    ...(architecture === "granitemoe" ? multipliers(reader) : {}),
    rope_theta: reader.number("rope.freq_base") ?? 10_000,
    rope_scaling: await ggufRopeScaling(reader),
  });
  refuseStrangeTensors(reader, parseConfig(config));
  return config;
}

/** Layers of the model itself: those for drafting several tokens at once are counted with them, but come last. */
function layerCount(reader: GgufReader): number | undefined {
  const all = reader.natural("block_count");
  return all === undefined ? undefined : Math.max(0, all - (reader.natural("nextn_predict_layers") ?? 0));
}

function sizes(reader: GgufReader): Values {
  return {
    // Some files give another size than their tensors have.
    vocab_size: reader.source.tensors.get("token_embd.weight")?.shape[0] ?? reader.natural("vocab_size"),
    hidden_size: reader.natural("embedding_length"),
    num_hidden_layers: layerCount(reader),
    max_position_embeddings: reader.natural("context_length"),
    num_attention_heads: reader.natural("attention.head_count"),
    rms_norm_eps: reader.number("attention.layer_norm_rms_epsilon") ?? reader.number("attention.layer_norm_epsilon"),
    tie_word_embeddings: !reader.source.tensors.has("output.weight"),
    lm_head_bias: reader.source.tensors.has("output.bias"),
  };
}

function headAttention(reader: GgufReader): Values {
  const heads = reader.natural("attention.head_count");
  const hidden = reader.natural("embedding_length");
  const headDim = reader.natural("attention.key_length") ?? (heads && hidden ? Math.floor(hidden / heads) : undefined);
  const rotated = reader.natural("rope.dimension_count") ?? headDim;
  if (rotated !== headDim) {
    throw configError("config_unsupported", reader.field("rope.dimension_count"), `all ${headDim} of a head`, rotated);
  }
  const inputBias = reader.hasTensor(".attn_q.bias");
  // Granite says with this key whether positions are encoded at all.
  const positions = reader.architecture !== "granitemoe" || reader.boolean("rope.scaling.finetuned") !== false;
  return {
    num_key_value_heads: reader.natural("attention.head_count_kv") ?? heads,
    head_dim: headDim,
    position_embedding_type: positions ? undefined : "nope",
    attention_bias: inputBias,
    qkv_bias: inputBias,
    sliding_window: reader.natural("attention.sliding_window") || undefined,
    layer_types: layerTypes(reader),
    clip_qkv: reader.number("attention.clamp_kqv") || undefined,
  };
}

/** gpt-oss's layers with and without a window, where the file lists them or names their period. */
function layerTypes(reader: GgufReader): string[] | undefined {
  const pattern = reader.architecture === "gpt-oss" ? reader.numbers("attention.sliding_window_pattern") : undefined;
  const count = layerCount(reader) ?? 0;
  if (pattern === undefined) return undefined;
  const [period = 0] = pattern;
  const windowed = (layer: number): boolean =>
    pattern.length > 1 ? pattern[layer] === 1 : period === 0 || layer % period < period - 1;
  return Array.from({ length: Math.min(count, 65_536) }, (_, layer) =>
    windowed(layer) ? "sliding_attention" : "full_attention",
  );
}

function latentAttention(reader: GgufReader): Values {
  const rotary = reader.natural("rope.dimension_count") ?? 0;
  // Newer files say both how llama.cpp caches keys and what the model's heads are, older ones only the latter.
  const head = reader.natural("attention.key_length_mla") ?? reader.natural("attention.key_length") ?? 0;
  return {
    q_lora_rank: reader.dimension(".attn_q_a.weight", 1) ?? null,
    kv_lora_rank: reader.natural("attention.kv_lora_rank"),
    qk_rope_head_dim: rotary,
    qk_nope_head_dim: head - rotary,
    v_head_dim: reader.natural("attention.value_length_mla") ?? reader.natural("attention.value_length"),
  };
}

function expertWidth(reader: GgufReader): number | undefined {
  return reader.dimension(".ffn_down_exps.weight", 0) ?? reader.dimension(".ffn_down.0.weight", 0);
}

/** For each architecture llama.cpp either renormalises the chosen experts' weights or not. */
function experts(reader: GgufReader): Values {
  const width = expertWidth(reader);
  // Only Qwen has another width for layers without experts; elsewhere `intermediate_size` is the experts'.
  const dense = reader.architecture.startsWith("qwen") ? reader.natural("feed_forward_length") : undefined;
  return {
    num_experts: reader.natural("expert_count"),
    num_experts_per_tok: reader.natural("expert_used_count"),
    moe_intermediate_size: width,
    intermediate_size: dense ?? width,
    shared_expert_intermediate_size: reader.dimension(".ffn_down_shexp.weight", 0),
    norm_topk_prob: reader.boolean("expert_weights_norm") ?? reader.architecture === "qwen3moe",
  };
}

/** V3's routers compare sigmoids. The first files with V3's correction of scores did not all say so. */
function isSigmoid(reader: GgufReader): boolean {
  const kind = reader.natural("expert_gating_func") || undefined;
  return kind === undefined ? reader.hasTensor(".exp_probs_b.bias") : kind === SIGMOID;
}

function deepseekExperts(reader: GgufReader): Values {
  const width = expertWidth(reader);
  const shared = reader.dimension(".ffn_down_shexp.weight", 0);
  const count = reader.natural("expert_count");
  const known = DEEPSEEK_GROUPS.get(`${layerCount(reader)}/${reader.natural("embedding_length")}/${count}`);
  const groups = reader.natural("expert_group_count") ?? known?.[0] ?? 1;
  const chosen = reader.natural("expert_group_used_count") ?? known?.[1] ?? 1;
  const unlimited = isSigmoid(reader) ? "noaux_tc" : "greedy";
  const limited = isSigmoid(reader) ? "noaux_tc" : "group_limited_greedy";
  return {
    n_routed_experts: count,
    num_experts_per_tok: reader.natural("expert_used_count"),
    moe_intermediate_size: width,
    intermediate_size: reader.natural("feed_forward_length"),
    n_shared_experts: reader.natural("expert_shared_count") ?? (shared && width ? shared / width : 0),
    first_k_dense_replace: reader.natural("leading_dense_block_count") ?? 0,
    // Zero means no scaling.
    routed_scaling_factor: reader.number("expert_weights_scale") || 1,
    norm_topk_prob: reader.boolean("expert_weights_norm") ?? false,
    ...(groups > 1
      ? { n_group: groups, topk_group: chosen, topk_method: limited }
      : { n_group: 1, topk_group: 1, topk_method: unlimited }),
  };
}

/** Absent or zero: the scores' usual factor, and no scaling elsewhere. */
function multipliers(reader: GgufReader): Values {
  const { head_dim: headDim } = headAttention(reader);
  return {
    attention_multiplier:
      reader.number("attention.scale") || (typeof headDim === "number" ? headDim ** -0.5 : undefined),
    embedding_multiplier: reader.number("embedding_scale") || 1,
    residual_multiplier: reader.number("residual_scale") || 1,
    logits_scaling: reader.number("logit_scale") || 1,
  };
}
