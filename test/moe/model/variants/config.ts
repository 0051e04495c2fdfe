/** The `config.json` that the reference library (4.x) would write for these settings. */
import type { RopeSettings, Settings } from "./settings.ts";

export type Config = Record<string, unknown>;

export const MAX_POSITIONS = 64;

function ropeScaling({ type, ...rope }: RopeSettings): Config | null {
  if (type === "default") return null;
  const values: Config = {
    rope_type: type,
    factor: rope.factor,
    low_freq_factor: rope.low,
    high_freq_factor: rope.high,
    original_max_position_embeddings: rope.original,
    truncate: rope.truncate,
    attention_factor: rope.attentionFactor,
    long_factor: rope.long,
    short_factor: rope.short,
    partial_rotary_factor: rope.share,
  };
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function deepseek(s: Settings): Config {
  return {
    q_lora_rank: s.queryRank === 0 ? null : s.queryRank,
    kv_lora_rank: s.keyRank,
    qk_nope_head_dim: s.plainDim,
    qk_rope_head_dim: s.rotaryDim,
    v_head_dim: s.valueDim,
    n_routed_experts: s.experts,
    n_shared_experts: s.sharedWidth / s.expertWidth,
    moe_intermediate_size: s.expertWidth,
    first_k_dense_replace: s.dense.length,
    routed_scaling_factor: s.routedScale,
    n_group: s.groups,
    topk_group: s.groupsChosen,
    ...(s.type === "deepseek_v2"
      ? { topk_method: s.groups > 1 ? "group_limited_greedy" : "greedy" }
      : { rope_interleave: s.interleaved }),
  };
}

export function configOf(s: Settings): Config {
  const own: Record<string, Config> = {
    mixtral: { num_local_experts: s.experts, intermediate_size: s.expertWidth },
    olmoe: { num_experts: s.experts, intermediate_size: s.expertWidth, clip_qkv: s.clip || null },
    qwen2_moe: {
      num_experts: s.experts,
      moe_intermediate_size: s.expertWidth,
      shared_expert_intermediate_size: s.sharedWidth,
      qkv_bias: s.attentionBias,
      mlp_only_layers: s.dense,
    },
    qwen3_moe: { num_experts: s.experts, moe_intermediate_size: s.expertWidth, mlp_only_layers: s.dense },
    deepseek_v2: deepseek(s),
    deepseek_v3: deepseek(s),
    gpt_oss: { num_local_experts: s.experts, intermediate_size: s.expertWidth, sliding_window: null },
    granitemoe: {
      num_local_experts: s.experts,
      intermediate_size: s.expertWidth,
      attention_multiplier: s.attentionScale,
      embedding_multiplier: s.embeddingMultiplier,
      residual_multiplier: s.residualMultiplier,
      logits_scaling: s.logitsDivisor,
    },
    phimoe: {
      num_local_experts: s.experts,
      intermediate_size: s.expertWidth,
      router_jitter_noise: s.jitter,
      lm_head_bias: s.headBias,
    },
  };
  const latent = s.type.startsWith("deepseek");
  return {
    model_type: s.type,
    vocab_size: s.vocab,
    hidden_size: s.hidden,
    intermediate_size: s.width,
    num_hidden_layers: s.layers,
    num_attention_heads: s.heads,
    num_key_value_heads: latent ? s.heads : s.keyValueHeads,
    ...(latent ? {} : { head_dim: s.headDim }),
    hidden_act: s.activation,
    max_position_embeddings: MAX_POSITIONS,
    rms_norm_eps: s.epsilon,
    rope_theta: s.theta,
    rope_scaling: ropeScaling(s.rope),
    num_experts_per_tok: s.topK,
    norm_topk_prob: s.normalise,
    attention_bias: s.attentionBias,
    tie_word_embeddings: s.tied,
    ...own[s.type],
  };
}
