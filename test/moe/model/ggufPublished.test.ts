/**
 * The keys and sizes of published GGUF files, and the `config.json` of the models they were made from: both describe
 * the same model. The files' tensors are given by name and shape alone.
 */
import { GgufMetadata, type GgufValue } from "../../../src/moe/formats/gguf/values.ts";
import { ggufConfig } from "../../../src/moe/model/ggufConfig.ts";
import { parseConfig } from "../../../src/moe/model/parseConfig.ts";
import type { TensorInfo, TensorSource } from "../../../src/moe/tensor.ts";

interface Published {
  readonly architecture: string;
  readonly keys: Readonly<Record<string, number | boolean | string>>;
  readonly tensors: Readonly<Record<string, readonly number[]>>;
  readonly config: Readonly<Record<string, unknown>>;
}

const block = (tensors: Readonly<Record<string, readonly number[]>>) =>
  Object.fromEntries(Object.entries(tensors).map(([name, shape]) => [`blk.7.${name}`, shape]));

const YARN = { type: "yarn", factor: 40, original_max_position_embeddings: 4096, beta_fast: 32, beta_slow: 1 };
const YARN_KEYS = {
  "rope.scaling.type": "yarn",
  "rope.scaling.factor": 40,
  "rope.scaling.original_context_length": 4096,
};
const LATENT = { q_lora_rank: 1536, kv_lora_rank: 512, qk_nope_head_dim: 128, qk_rope_head_dim: 64, v_head_dim: 128 };
/** As files said it until keys and values were split in 2025. */
const LATENT_KEYS = {
  "attention.q_lora_rank": 1536,
  "attention.kv_lora_rank": 512,
  "attention.key_length": 192,
  "attention.value_length": 128,
  "rope.dimension_count": 64,
};

const PUBLISHED: Readonly<Record<string, Published>> = {
  "Mixtral-8x7B of December 2023, an expert a tensor": {
    architecture: "llama",
    keys: {
      context_length: 32_768,
      embedding_length: 4096,
      block_count: 32,
      feed_forward_length: 14_336,
      "attention.head_count": 32,
      "attention.head_count_kv": 8,
      expert_count: 8,
      expert_used_count: 2,
      "attention.layer_norm_rms_epsilon": 1e-5,
      "rope.dimension_count": 128,
      "rope.freq_base": 1e6,
    },
    tensors: {
      "token_embd.weight": [32_000, 4096],
      "output.weight": [32_000, 4096],
      ...block({ "ffn_down.0.weight": [4096, 14_336], "ffn_gate.7.weight": [14_336, 4096] }),
    },
    config: { architectures: ["MixtralForCausalLM"], max_position_embeddings: 32_768, num_key_value_heads: 8 },
  },
  "OLMoE-1B-7B-0924": {
    architecture: "olmoe",
    keys: {
      context_length: 4096,
      embedding_length: 2048,
      block_count: 16,
      feed_forward_length: 1024,
      "attention.head_count": 16,
      "attention.head_count_kv": 16,
      expert_count: 64,
      expert_used_count: 8,
      "attention.layer_norm_rms_epsilon": 1e-5,
      "rope.freq_base": 10_000,
    },
    tensors: {
      "token_embd.weight": [50_304, 2048],
      "output.weight": [50_304, 2048],
      ...block({ "ffn_down_exps.weight": [64, 2048, 1024], "attn_q_norm.weight": [2048] }),
    },
    config: { architectures: ["OlmoeForCausalLM"], intermediate_size: 1024 },
  },
  "Qwen3-30B-A3B": {
    architecture: "qwen3moe",
    keys: {
      context_length: 40_960,
      embedding_length: 2048,
      block_count: 48,
      feed_forward_length: 6144,
      "attention.head_count": 32,
      "attention.head_count_kv": 4,
      "attention.key_length": 128,
      "attention.value_length": 128,
      expert_count: 128,
      expert_used_count: 8,
      expert_feed_forward_length: 768,
      "attention.layer_norm_rms_epsilon": 1e-6,
      "rope.freq_base": 1e6,
    },
    tensors: {
      "token_embd.weight": [151_936, 2048],
      "output.weight": [151_936, 2048],
      ...block({ "ffn_down_exps.weight": [128, 2048, 768], "attn_k_norm.weight": [128] }),
    },
    config: {
      architectures: ["Qwen3MoeForCausalLM"],
      num_hidden_layers: 48,
      head_dim: 128,
      max_position_embeddings: 40_960,
      norm_topk_prob: true,
      rope_theta: 1e6,
    },
  },
  "gpt-oss-20b": {
    architecture: "gpt-oss",
    keys: {
      context_length: 131_072,
      embedding_length: 2880,
      block_count: 24,
      feed_forward_length: 2880,
      "attention.head_count": 64,
      "attention.head_count_kv": 8,
      "attention.key_length": 64,
      "attention.value_length": 64,
      "attention.sliding_window": 128,
      expert_count: 32,
      expert_used_count: 4,
      expert_feed_forward_length: 2880,
      "attention.layer_norm_rms_epsilon": 1e-5,
      "rope.freq_base": 150_000,
      ...YARN_KEYS,
      "rope.scaling.factor": 32,
    },
    tensors: {
      "token_embd.weight": [201_088, 2880],
      "output.weight": [201_088, 2880],
      ...block({
        "ffn_down_exps.weight": [32, 2880, 2880],
        "ffn_down_exps.bias": [32, 2880],
        "attn_q.bias": [4096],
        "attn_output.bias": [2880],
        "attn_sinks.weight": [64],
        "post_attention_norm.weight": [2880],
        "ffn_gate_inp.bias": [32],
      }),
    },
    config: { architectures: ["GptOssForCausalLM"], num_hidden_layers: 24, num_local_experts: 32 },
  },
  "granite-3.0-1b-a400m": {
    architecture: "granitemoe",
    keys: {
      context_length: 4096,
      embedding_length: 1024,
      block_count: 24,
      feed_forward_length: 512,
      "attention.head_count": 16,
      "attention.head_count_kv": 8,
      expert_count: 32,
      expert_used_count: 8,
      "attention.layer_norm_rms_epsilon": 1e-6,
      "attention.scale": 0.015625,
      embedding_scale: 12,
      residual_scale: 0.22,
      logit_scale: 6,
      "rope.dimension_count": 64,
      "rope.freq_base": 10_000,
    },
    tensors: { "token_embd.weight": [49_155, 1024], ...block({ "ffn_down_exps.weight": [32, 1024, 512] }) },
    config: {
      architectures: ["GraniteMoeForCausalLM"],
      vocab_size: 49_155,
      hidden_size: 1024,
      intermediate_size: 512,
      num_hidden_layers: 24,
      num_attention_heads: 16,
      num_key_value_heads: 8,
      num_local_experts: 32,
      num_experts_per_tok: 8,
      max_position_embeddings: 4096,
      attention_multiplier: 0.015625,
      embedding_multiplier: 12,
      residual_multiplier: 0.22,
      logits_scaling: 6,
      tie_word_embeddings: true,
    },
  },
  "DeepSeek-V2 of 2024, without its groups": {
    architecture: "deepseek2",
    keys: {
      context_length: 163_840,
      embedding_length: 5120,
      block_count: 60,
      feed_forward_length: 12_288,
      "attention.head_count": 128,
      "attention.head_count_kv": 128,
      ...LATENT_KEYS,
      expert_count: 160,
      expert_used_count: 6,
      expert_shared_count: 2,
      expert_weights_scale: 16,
      leading_dense_block_count: 1,
      "attention.layer_norm_rms_epsilon": 1e-6,
      "rope.freq_base": 10_000,
      ...YARN_KEYS,
      "rope.scaling.yarn_log_multiplier": 0.0707,
    },
    tensors: {
      "token_embd.weight": [102_400, 5120],
      "output.weight": [102_400, 5120],
      ...block({
        "ffn_down_exps.weight": [160, 5120, 1536],
        "ffn_down_shexp.weight": [5120, 3072],
        "attn_q_a.weight": [1536, 5120],
        "attn_kv_b.weight": [32_768, 512],
      }),
    },
    config: {
      architectures: ["DeepseekV2ForCausalLM"],
      vocab_size: 102_400,
      hidden_size: 5120,
      intermediate_size: 12_288,
      moe_intermediate_size: 1536,
      num_hidden_layers: 60,
      num_attention_heads: 128,
      max_position_embeddings: 163_840,
      ...LATENT,
      n_routed_experts: 160,
      num_experts_per_tok: 6,
      n_shared_experts: 2,
      routed_scaling_factor: 16,
      first_k_dense_replace: 1,
      topk_method: "group_limited_greedy",
      n_group: 8,
      topk_group: 3,
      rope_scaling: { ...YARN, mscale: 10 * 0.0707, mscale_all_dim: 10 * 0.0707 },
    },
  },
  "DeepSeek-V3 of January 2025, without its groups": {
    architecture: "deepseek2",
    keys: {
      context_length: 163_840,
      embedding_length: 7168,
      block_count: 61,
      feed_forward_length: 18_432,
      "attention.head_count": 128,
      "attention.head_count_kv": 128,
      ...LATENT_KEYS,
      expert_count: 256,
      expert_used_count: 8,
      expert_shared_count: 1,
      expert_weights_scale: 2.5,
      expert_weights_norm: true,
      expert_gating_func: 2,
      leading_dense_block_count: 3,
      "attention.layer_norm_rms_epsilon": 1e-6,
      "rope.freq_base": 10_000,
      ...YARN_KEYS,
      "rope.scaling.yarn_log_multiplier": 0.1,
    },
    tensors: {
      "token_embd.weight": [129_280, 7168],
      "output.weight": [129_280, 7168],
      ...block({
        "ffn_down_exps.weight": [256, 7168, 2048],
        "ffn_down_shexp.weight": [7168, 2048],
        "attn_q_a.weight": [1536, 7168],
        "exp_probs_b.bias": [256],
      }),
    },
    config: {
      architectures: ["DeepseekV3ForCausalLM"],
      max_position_embeddings: 163_840,
      ...LATENT,
      rope_scaling: { ...YARN, mscale: 1, mscale_all_dim: 1 },
    },
  },
};

test.each(Object.entries(PUBLISHED))("%s", async (_name, { architecture, keys, tensors, config }) => {
  const entries: [string, GgufValue][] = Object.entries(keys).map(([key, value]) => [
    `${architecture}.${key}`,
    { type: typeof value === "number" ? "f64" : typeof value === "boolean" ? "bool" : "string", value },
  ]);
  const metadata = new GgufMetadata(
    new Map<string, GgufValue>([["general.architecture", { type: "string", value: architecture }], ...entries]),
  );
  const found = parseConfig(await ggufConfig(metadata, shapesOnly(tensors)));
  const expected = parseConfig(config);
  expect({ ...found, attention: { ...found.attention, scale: 0 } }).toEqual({
    ...expected,
    attention: { ...expected.attention, scale: 0 },
  });
  expect(found.attention.scale).toBeCloseTo(expected.attention.scale, 12);
});

function shapesOnly(shapes: Readonly<Record<string, readonly number[]>>): TensorSource {
  const tensors = new Map<string, TensorInfo>(
    Object.entries(shapes).map(([name, shape]) => [name, { name, shape, dtype: "Q4_K", byteLength: 0 }]),
  );
  const none = () => Promise.reject(new Error("no weights here"));
  return { tensors, read: none, readRange: none, close: () => Promise.resolve() };
}
