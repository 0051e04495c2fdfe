/**
 * The synthetic checkpoints of the engine benchmark: OLMoE's architecture with random weights.
 *
 * Speed does not depend on what the weights say, so nothing has to be downloaded. `tensorsOf` lists every tensor of
 * a shape with the name that a Hugging Face checkpoint gives it.
 */

/** The sizes that decide how fast a model runs. */
export interface SyntheticShape {
  readonly name: string;
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  readonly experts: number;
  readonly topK: number;
  readonly expertHidden: number;
  readonly vocabulary: number;
  readonly maxPositions: number;
}

export const SYNTHETIC_SHAPES: Readonly<Record<string, SyntheticShape>> = {
  tiny: shape("tiny", 2, 128, 4, 8, 2, 64, 512),
  small: shape("small", 8, 1024, 16, 16, 2, 1024, 32_000),
  "olmoe-shape": shape("olmoe-shape", 16, 2048, 16, 64, 8, 1024, 50_304),
};

function shape(
  name: string,
  layers: number,
  hidden: number,
  heads: number,
  experts: number,
  topK: number,
  expertHidden: number,
  vocabulary: number,
): SyntheticShape {
  return { name, layers, hidden, heads, experts, topK, expertHidden, vocabulary, maxPositions: 8192 };
}

/** What a tensor holds: random weights, or the ones of a norm. */
export type SyntheticKind = "weight" | "norm" | "router";

export interface SyntheticTensor {
  readonly name: string;
  readonly kind: SyntheticKind;
  readonly shape: readonly number[];
}

/** Every tensor of a model of this shape, in the order of the layers. */
export function tensorsOf(shape: SyntheticShape): SyntheticTensor[] {
  const { hidden, expertHidden, experts, vocabulary } = shape;
  const tensors: SyntheticTensor[] = [weight("model.embed_tokens.weight", vocabulary, hidden)];
  for (let layer = 0; layer < shape.layers; layer++) {
    const at = `model.layers.${layer}`;
    tensors.push(norm(`${at}.input_layernorm.weight`, hidden));
    for (const projection of ["q_proj", "k_proj", "v_proj", "o_proj"]) {
      tensors.push(weight(`${at}.self_attn.${projection}.weight`, hidden, hidden));
    }
    tensors.push(norm(`${at}.self_attn.q_norm.weight`, hidden), norm(`${at}.self_attn.k_norm.weight`, hidden));
    tensors.push(norm(`${at}.post_attention_layernorm.weight`, hidden));
    tensors.push({ name: `${at}.mlp.gate.weight`, kind: "router", shape: [experts, hidden] });
    for (let expert = 0; expert < experts; expert++) {
      tensors.push(weight(`${at}.mlp.experts.${expert}.gate_proj.weight`, expertHidden, hidden));
      tensors.push(weight(`${at}.mlp.experts.${expert}.up_proj.weight`, expertHidden, hidden));
      tensors.push(weight(`${at}.mlp.experts.${expert}.down_proj.weight`, hidden, expertHidden));
    }
  }
  tensors.push(norm("model.norm.weight", hidden), weight("lm_head.weight", vocabulary, hidden));
  return tensors;
}

function weight(name: string, rows: number, columns: number): SyntheticTensor {
  return { name, kind: "weight", shape: [rows, columns] };
}

function norm(name: string, size: number): SyntheticTensor {
  return { name, kind: "norm", shape: [size] };
}

/** `config.json` of the checkpoint. */
export function configOf(shape: SyntheticShape, dtype: string): Record<string, unknown> {
  return {
    architectures: ["OlmoeForCausalLM"],
    attention_bias: false,
    attention_dropout: 0,
    bos_token_id: 1,
    clip_qkv: null,
    eos_token_id: 2,
    hidden_act: "silu",
    hidden_size: shape.hidden,
    intermediate_size: shape.expertHidden,
    max_position_embeddings: shape.maxPositions,
    model_type: "olmoe",
    norm_topk_prob: false,
    num_attention_heads: shape.heads,
    num_experts: shape.experts,
    num_experts_per_tok: shape.topK,
    num_hidden_layers: shape.layers,
    num_key_value_heads: shape.heads,
    pad_token_id: 0,
    rms_norm_eps: 1e-5,
    rope_scaling: null,
    rope_theta: 10_000,
    tie_word_embeddings: false,
    torch_dtype: dtype,
    vocab_size: shape.vocabulary,
  };
}
