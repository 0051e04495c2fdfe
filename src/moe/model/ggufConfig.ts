/**
 * The metadata of a GGUF file as the `config.json` that it was made from, so that one parser serves both.
 *
 * What llama.cpp's format leaves out is told by the tensors: widths of experts, biases, tied embeddings, LongRoPE's
 * factors. https://github.com/ggml-org/llama.cpp/blob/master/gguf-py/gguf/constants.py
 */

import { readFloat32 } from "../formats/float32.ts";
import type { GgufMetadata } from "../formats/gguf/values.ts";
import type { TensorSource } from "../tensor.ts";
import { modelError } from "./errors.ts";
import type { ModelConfig } from "./parseConfig.ts";

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

/** Throws `architecture_unsupported`, and `gguf_metadata_invalid` for values of the wrong type. */
export async function ggufConfig(metadata: GgufMetadata, source: TensorSource): Promise<ModelConfig> {
  const architecture = metadata.string("general.architecture") ?? "";
  const reader = new Reader(metadata, architecture, source);
  const name = CLASSES.get(architecture);
  if (name === undefined || (architecture === "llama" && !reader.has("expert_count"))) {
    throw modelError(
      "architecture_unsupported",
      `general.architecture: expected one of ${[...CLASSES.keys()].join(", ")} with experts, got ${architecture.slice(0, 64)}`,
      { field: "general.architecture" },
    );
  }
  const sigmoid = reader.natural("expert_gating_func") === SIGMOID;
  const latent = architecture === "deepseek2";
  return defined({
    architectures: [latent && sigmoid ? "DeepseekV3ForCausalLM" : name],
    ...sizes(reader),
    ...(latent ? latentAttention(reader) : headAttention(reader)),
    ...experts(reader, architecture),
    ...(architecture === "granitemoe" ? multipliers(reader) : {}),
    rope_theta: reader.number("rope.freq_base"),
    rope_scaling: await ropeScaling(reader, architecture),
  });
}

class Reader {
  readonly #metadata: GgufMetadata;
  readonly #prefix: string;
  readonly source: TensorSource;

  constructor(metadata: GgufMetadata, architecture: string, source: TensorSource) {
    this.#metadata = metadata;
    this.#prefix = `${architecture}.`;
    this.source = source;
  }

  has(key: string): boolean {
    return this.#metadata.has(this.#prefix + key);
  }

  natural(key: string): number | undefined {
    return this.#metadata.natural(this.#prefix + key);
  }

  number(key: string): number | undefined {
    return this.#metadata.number(this.#prefix + key);
  }

  text(key: string): string | undefined {
    return this.#metadata.string(this.#prefix + key);
  }

  boolean(key: string): boolean | undefined {
    return this.#metadata.boolean(this.#prefix + key);
  }

  /** A dimension of the first tensor whose name ends like this; counted from the innermost one. */
  dimension(suffix: string, fromInnermost: number): number | undefined {
    for (const [name, { shape }] of this.source.tensors) if (name.endsWith(suffix)) return shape.at(-1 - fromInnermost);
    return undefined;
  }

  hasTensor(suffix: string): boolean {
    return [...this.source.tensors.keys()].some((name) => name.endsWith(suffix));
  }

  async floats(name: string): Promise<number[] | undefined> {
    return this.source.tensors.has(name) ? [...(await readFloat32(this.source, name))] : undefined;
  }
}

function sizes(reader: Reader): Values {
  return {
    vocab_size: reader.natural("vocab_size") ?? reader.dimension("token_embd.weight", 1),
    hidden_size: reader.natural("embedding_length"),
    num_hidden_layers: reader.natural("block_count"),
    max_position_embeddings: reader.natural("context_length"),
    num_attention_heads: reader.natural("attention.head_count"),
    rms_norm_eps: reader.number("attention.layer_norm_rms_epsilon") ?? reader.number("attention.layer_norm_epsilon"),
    tie_word_embeddings: !reader.source.tensors.has("output.weight"),
    lm_head_bias: reader.source.tensors.has("output.bias"),
  };
}

function headAttention(reader: Reader): Values {
  const inputBias = reader.hasTensor(".attn_q.bias");
  return {
    num_key_value_heads: reader.natural("attention.head_count_kv"),
    head_dim: reader.natural("attention.key_length"),
    attention_bias: inputBias,
    qkv_bias: inputBias,
    sliding_window: reader.natural("attention.sliding_window") || undefined,
    clip_qkv: reader.number("attention.clamp_kqv") || undefined,
  };
}

function latentAttention(reader: Reader): Values {
  const rotary = reader.natural("rope.dimension_count") ?? 0;
  // Newer files say both how llama.cpp caches keys and what the model's heads are, older ones only the latter.
  const head = reader.natural("attention.key_length_mla") ?? reader.natural("attention.key_length") ?? 0;
  return {
    q_lora_rank: reader.natural("attention.q_lora_rank") ?? null,
    kv_lora_rank: reader.natural("attention.kv_lora_rank"),
    qk_rope_head_dim: rotary,
    qk_nope_head_dim: head - rotary,
    v_head_dim: reader.natural("attention.value_length_mla") ?? reader.natural("attention.value_length"),
  };
}

/** For each architecture llama.cpp either renormalises the chosen experts' weights or not, unless a key says so. */
function experts(reader: Reader, architecture: string): Values {
  const latent = architecture === "deepseek2";
  const width = reader.dimension(".ffn_down_exps.weight", 0) ?? reader.dimension(".ffn_down.0.weight", 0);
  const groups = reader.natural("expert_group_count");
  const grouped = groups !== undefined && groups > 1;
  const sigmoid = reader.natural("expert_gating_func") === SIGMOID;
  const limited = sigmoid ? "noaux_tc" : "group_limited_greedy";
  const common = {
    num_experts: reader.natural("expert_count"),
    num_experts_per_tok: reader.natural("expert_used_count"),
    moe_intermediate_size: width,
    norm_topk_prob: reader.boolean("expert_weights_norm") ?? architecture === "qwen3moe",
  };
  if (!latent) {
    return {
      ...common,
      // Architectures without dense layers call the experts' width `intermediate_size`.
      intermediate_size: reader.dimension(".ffn_down.weight", 0) ?? width,
      shared_expert_intermediate_size: reader.dimension(".ffn_down_shexp.weight", 0),
    };
  }
  return {
    ...common,
    intermediate_size: reader.natural("feed_forward_length"),
    n_shared_experts: reader.natural("expert_shared_count"),
    first_k_dense_replace: reader.natural("leading_dense_block_count"),
    routed_scaling_factor: reader.number("expert_weights_scale"),
    ...(grouped
      ? { n_group: groups, topk_group: reader.natural("expert_group_used_count"), topk_method: limited }
      : { n_group: 1, topk_group: 1, topk_method: sigmoid ? "noaux_tc" : "greedy" }),
  };
}

function multipliers(reader: Reader): Values {
  return {
    attention_multiplier: reader.number("attention.scale"),
    embedding_multiplier: reader.number("embedding_scale"),
    residual_multiplier: reader.number("residual_scale"),
    logits_scaling: reader.number("logit_scale"),
  };
}

async function ropeScaling(reader: Reader, architecture: string): Promise<Values | undefined> {
  const long = await reader.floats("rope_factors_long.weight");
  const short = await reader.floats("rope_factors_short.weight");
  const divisors = await reader.floats("rope_freqs.weight");
  const original = reader.natural("rope.scaling.original_context_length");
  if (long !== undefined && short !== undefined) {
    const scale = reader.number("rope.scaling.attn_factor");
    return defined({
      rope_type: "longrope",
      long_factor: long,
      short_factor: short,
      long_mscale: scale,
      short_mscale: scale,
      original_max_position_embeddings: original,
    });
  }
  if (divisors !== undefined) {
    // Any rule that divides each frequency by a number of its own, for example Llama 3's.
    return { rope_type: "longrope", long_factor: divisors, short_factor: divisors, long_mscale: 1, short_mscale: 1 };
  }
  const kind = reader.text("rope.scaling.type");
  const factor = reader.number("rope.scaling.factor");
  if (kind === "linear") return { rope_type: "linear", factor };
  if (kind !== "yarn") return { rope_type: "default" };
  // llama.cpp stores a tenth of the weight of the temperature.
  const weight = reader.number("rope.scaling.yarn_log_multiplier");
  return defined({
    rope_type: "yarn",
    factor,
    original_max_position_embeddings: original,
    beta_fast: reader.number("rope.scaling.yarn_beta_fast"),
    beta_slow: reader.number("rope.scaling.yarn_beta_slow"),
    mscale: weight === undefined ? undefined : 10 * weight,
    mscale_all_dim: weight === undefined ? undefined : 10 * weight,
    truncate: architecture !== "gpt-oss",
  });
}

/** Without the keys that have no value: those take the parser's defaults. */
function defined(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
