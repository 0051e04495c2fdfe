/**
 * The demo model's shape: a small OLMoE, https://arxiv.org/abs/2409.02060, with four layers of eight experts. And how it is
 * to be asked: so small a model is right more often when it always says the likeliest token.
 */
import type { ModelConfig } from "../../src/moe/model/parseConfig.ts";

/** Ids of the tokenizer's special tokens. */
export interface SpecialIds {
  readonly end: number;
  readonly pad: number;
}

/** The folder's `generation_config.json`. */
export function demoGenerationConfig({ end, pad }: SpecialIds): object {
  return { do_sample: false, eos_token_id: end, pad_token_id: pad };
}

/** The folder's `config.json`. */
export function demoConfig(vocabSize: number, specialIds: SpecialIds): ModelConfig {
  return {
    architectures: ["OlmoeForCausalLM"],
    model_type: "olmoe",
    vocab_size: vocabSize,
    hidden_size: 192,
    intermediate_size: 256,
    num_hidden_layers: 4,
    num_attention_heads: 6,
    num_key_value_heads: 6,
    num_experts: 8,
    num_experts_per_tok: 2,
    norm_topk_prob: true,
    router_aux_loss_coef: 0.01,
    max_position_embeddings: 1024,
    rope_theta: 10_000,
    rms_norm_eps: 1e-5,
    hidden_act: "silu",
    attention_bias: false,
    attention_dropout: 0,
    clip_qkv: null,
    initializer_range: 0.02,
    tie_word_embeddings: false,
    bos_token_id: null,
    eos_token_id: specialIds.end,
    pad_token_id: specialIds.pad,
    torch_dtype: "float16",
    use_cache: true,
  };
}
