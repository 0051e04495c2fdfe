/** Names of Hugging Face checkpoints, of every generation of its libraries. The terms are explained in `partSource.ts`. */
import { type PartSource, rows, type SourceTable, stack } from "./partSource.ts";
import type { PartName } from "./parts.ts";

const LAYER = "model.layers.{L}";
const ATTENTION = `${LAYER}.self_attn`;

export const HUGGING_FACE_COMMON: SourceTable = new Map<PartName, PartSource[]>([
  ["embedding.weight", [rows("model.embed_tokens.weight")]],
  ["inputNorm.weight", [rows(`${LAYER}.input_layernorm.weight`)]],
  ["inputNorm.bias", [rows(`${LAYER}.input_layernorm.bias`)]],
  ["query.weight", [rows(`${ATTENTION}.q_proj.weight`)]],
  ["query.bias", [rows(`${ATTENTION}.q_proj.bias`)]],
  ["key.weight", [rows(`${ATTENTION}.k_proj.weight`)]],
  ["key.bias", [rows(`${ATTENTION}.k_proj.bias`)]],
  ["value.weight", [rows(`${ATTENTION}.v_proj.weight`)]],
  ["value.bias", [rows(`${ATTENTION}.v_proj.bias`)]],
  ["output.weight", [rows(`${ATTENTION}.o_proj.weight`)]],
  ["output.bias", [rows(`${ATTENTION}.o_proj.bias`)]],
  ["queryNorm.weight", [rows(`${ATTENTION}.q_norm.weight`)]],
  ["keyNorm.weight", [rows(`${ATTENTION}.k_norm.weight`)]],
  ["sinks", [rows(`${ATTENTION}.sinks`)]],
  ["queryDown.weight", [rows(`${ATTENTION}.q_a_proj.weight`)]],
  ["queryDown.bias", [rows(`${ATTENTION}.q_a_proj.bias`)]],
  ["queryDownNorm.weight", [rows(`${ATTENTION}.q_a_layernorm.weight`)]],
  ["queryUp.weight", [rows(`${ATTENTION}.q_b_proj.weight`)]],
  ["latentDown.weight", [rows(`${ATTENTION}.kv_a_proj_with_mqa.weight`)]],
  ["latentDown.bias", [rows(`${ATTENTION}.kv_a_proj_with_mqa.bias`)]],
  ["latentNorm.weight", [rows(`${ATTENTION}.kv_a_layernorm.weight`)]],
  ["latentUp.weight", [rows(`${ATTENTION}.kv_b_proj.weight`)]],
  ["feedForwardNorm.weight", [rows(`${LAYER}.post_attention_layernorm.weight`)]],
  ["feedForwardNorm.bias", [rows(`${LAYER}.post_attention_layernorm.bias`)]],
  [
    "router.weight",
    [
      rows(`${LAYER}.mlp.gate.weight`),
      rows(`${LAYER}.block_sparse_moe.gate.weight`),
      rows(`${LAYER}.mlp.router.weight`),
      rows(`${LAYER}.block_sparse_moe.router.layer.weight`),
      rows(`${LAYER}.block_sparse_moe.router.weight`),
    ],
  ],
  ["router.bias", [rows(`${LAYER}.mlp.router.bias`)]],
  ["router.correction", [rows(`${LAYER}.mlp.gate.e_score_correction_bias`)]],
  ["sharedGate.weight", [rows(`${LAYER}.mlp.shared_expert_gate.weight`)]],
  ["finalNorm.weight", [rows("model.norm.weight")]],
  ["finalNorm.bias", [rows("model.norm.bias")]],
  ["head.weight", [rows("lm_head.weight")]],
  ["head.bias", [rows("lm_head.bias")]],
]);

/** Instead of the line above where head and embedding are one matrix. */
export const HUGGING_FACE_TIED: SourceTable = new Map<PartName, PartSource[]>([
  ["embedding.weight", [rows("model.embed_tokens.weight"), rows("embed_tokens.weight"), rows("lm_head.weight")]],
]);

const MIXTRAL_EXPERT = `${LAYER}.block_sparse_moe.experts.{E}`;
const PHI_EXPERT = `${LAYER}.mlp.experts.{E}`;
const MLP_EXPERT = `${LAYER}.mlp.experts.{E}`;

/** Experts one by one under the names of each generation of the library, or in stacks as newer versions hold them. */
export const HUGGING_FACE_EXPERTS: SourceTable = new Map<PartName, PartSource[]>([
  [
    "gateUp.weight",
    [
      rows(`${MLP_EXPERT}.gate_proj.weight`, `${MLP_EXPERT}.up_proj.weight`),
      rows(`${MIXTRAL_EXPERT}.w1.weight`, `${MIXTRAL_EXPERT}.w3.weight`),
      rows(`${PHI_EXPERT}.w1.weight`, `${PHI_EXPERT}.w3.weight`),
      stack("rows", `${LAYER}.block_sparse_moe.input_linear.weight`),
      stack("rows", `${LAYER}.mlp.experts.gate_up_proj`),
      stack("rows", `${LAYER}.block_sparse_moe.experts.gate_up_proj`),
    ],
  ],
  [
    "down.weight",
    [
      rows(`${MLP_EXPERT}.down_proj.weight`),
      rows(`${MIXTRAL_EXPERT}.w2.weight`),
      rows(`${PHI_EXPERT}.w2.weight`),
      stack("rows", `${LAYER}.block_sparse_moe.output_linear.weight`),
      stack("rows", `${LAYER}.mlp.experts.down_proj`),
      stack("rows", `${LAYER}.block_sparse_moe.experts.down_proj`),
    ],
  ],
]);

/** gpt-oss: all experts in one stack, inputs first, gate and up alternating; or the same as MXFP4, outputs first. */
export const GPT_OSS_EXPERTS: SourceTable = new Map<PartName, PartSource[]>([
  [
    "gateUp.weight",
    [
      stack("transposed-interleaved", `${LAYER}.mlp.experts.gate_up_proj`),
      stack(
        "mxfp4-interleaved",
        `${LAYER}.mlp.experts.gate_up_proj_blocks`,
        `${LAYER}.mlp.experts.gate_up_proj_scales`,
      ),
    ],
  ],
  ["gateUp.bias", [stack("interleaved", `${LAYER}.mlp.experts.gate_up_proj_bias`)]],
  [
    "down.weight",
    [
      stack("transposed", `${LAYER}.mlp.experts.down_proj`),
      stack("mxfp4", `${LAYER}.mlp.experts.down_proj_blocks`, `${LAYER}.mlp.experts.down_proj_scales`),
    ],
  ],
  ["down.bias", [stack("rows", `${LAYER}.mlp.experts.down_proj_bias`)]],
]);

export const HUGGING_FACE_SHARED: SourceTable = new Map<PartName, PartSource[]>([
  [
    "gateUp.weight",
    [
      rows(`${LAYER}.mlp.shared_expert.gate_proj.weight`, `${LAYER}.mlp.shared_expert.up_proj.weight`),
      rows(`${LAYER}.mlp.shared_experts.gate_proj.weight`, `${LAYER}.mlp.shared_experts.up_proj.weight`),
    ],
  ],
  [
    "down.weight",
    [rows(`${LAYER}.mlp.shared_expert.down_proj.weight`), rows(`${LAYER}.mlp.shared_experts.down_proj.weight`)],
  ],
]);

export const HUGGING_FACE_DENSE: SourceTable = new Map<PartName, PartSource[]>([
  ["gateUp.weight", [rows(`${LAYER}.mlp.gate_proj.weight`, `${LAYER}.mlp.up_proj.weight`)]],
  ["down.weight", [rows(`${LAYER}.mlp.down_proj.weight`)]],
]);
