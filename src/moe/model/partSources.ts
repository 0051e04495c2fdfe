/**
 * The table from parts to checkpoint tensors: under which names files hold each part, and in which arrangement.
 *
 * `{L}` stands for the layer and `{E}` for the expert. A `stacked` tensor holds all experts of a layer along its first
 * axis; slot payloads hold slice j of it under the name `NAME[j]`, without that axis. Where a part has several rows,
 * the first whose tensors exist is taken.
 */
import type { PartName } from "./parts.ts";
import type { Architecture } from "./spec.ts";

/**
 * How stored elements become the part:
 * - `rows`: as they are; several tensors follow each other along the first axis
 * - `transposed`: stored [inputs, outputs]
 * - `interleaved`: along the outputs gate and up alternate: gate 0, up 0, gate 1, …
 * - `transposed-interleaved`: both
 * - `mxfp4-interleaved`, `mxfp4`: two tensors, four-bit blocks [outputs, inputs/32, 16] and scales [outputs, inputs/32]
 * - `paired-query`, `paired-key`: rows of each head ordered for rotation of neighbouring pairs (ggml's order for
 *   llama-like models): stored row 2i is row i of the head, stored row 2i + 1 is row i + headDim/2
 * - `latent-halves`: two tensors, keys [heads, rank, plainDim] and values [heads, valueDim, rank]
 */
export type Arrangement =
  | "rows"
  | "transposed"
  | "interleaved"
  | "transposed-interleaved"
  | "mxfp4"
  | "mxfp4-interleaved"
  | "paired-query"
  | "paired-key"
  | "latent-halves";

export interface PartSource {
  readonly tensors: readonly string[];
  readonly arrangement: Arrangement;
  readonly stacked: boolean;
}

type SourceTable = ReadonlyMap<PartName, readonly PartSource[]>;

/** Which kind of feed-forward network a table is for: experts, the shared expert and dense layers share part names. */
export type FeedForwardKind = "expert" | "shared" | "mlp";

export interface SourceTables {
  readonly common: SourceTable;
  readonly feedForward: { readonly [K in FeedForwardKind]: SourceTable };
}

const rows = (...tensors: string[]): PartSource => ({ tensors, arrangement: "rows", stacked: false });
const stack = (arrangement: Arrangement, ...tensors: string[]): PartSource => ({ tensors, arrangement, stacked: true });
const as = (arrangement: Arrangement, ...tensors: string[]): PartSource => ({ tensors, arrangement, stacked: false });

const LAYER = "model.layers.{L}";
const ATTENTION = `${LAYER}.self_attn`;

/** Names of Hugging Face checkpoints, for all architectures. */
const HUGGING_FACE_COMMON: SourceTable = new Map<PartName, PartSource[]>([
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

/** One gate, up and down matrix each under `prefix`. */
const projections = (prefix: string): [PartName, PartSource[]][] => [
  ["gateUp.weight", [rows(`${prefix}.gate_proj.weight`, `${prefix}.up_proj.weight`)]],
  ["down.weight", [rows(`${prefix}.down_proj.weight`)]],
];

const MIXTRAL_EXPERT = `${LAYER}.block_sparse_moe.experts.{E}`;
const PHI_EXPERT = `${LAYER}.mlp.experts.{E}`;
const MLP_EXPERT = `${LAYER}.mlp.experts.{E}`;

/** Experts one by one under the names of each generation of the library, or in stacks as newer versions hold them. */
const HUGGING_FACE_EXPERTS: SourceTable = new Map<PartName, PartSource[]>([
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
const GPT_OSS_EXPERTS: SourceTable = new Map<PartName, PartSource[]>([
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

const HUGGING_FACE_SHARED: SourceTable = new Map<PartName, PartSource[]>([
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

const BLOCK = "blk.{L}";

/** Names of GGUF files: https://github.com/ggml-org/llama.cpp/blob/master/gguf-py/gguf/constants.py */
const GGUF_COMMON: SourceTable = new Map<PartName, PartSource[]>([
  ["embedding.weight", [rows("token_embd.weight")]],
  ["inputNorm.weight", [rows(`${BLOCK}.attn_norm.weight`)]],
  ["inputNorm.bias", [rows(`${BLOCK}.attn_norm.bias`)]],
  ["query.weight", [rows(`${BLOCK}.attn_q.weight`)]],
  ["query.bias", [rows(`${BLOCK}.attn_q.bias`)]],
  ["key.weight", [rows(`${BLOCK}.attn_k.weight`)]],
  ["key.bias", [rows(`${BLOCK}.attn_k.bias`)]],
  ["value.weight", [rows(`${BLOCK}.attn_v.weight`)]],
  ["value.bias", [rows(`${BLOCK}.attn_v.bias`)]],
  ["output.weight", [rows(`${BLOCK}.attn_output.weight`)]],
  ["output.bias", [rows(`${BLOCK}.attn_output.bias`)]],
  ["queryNorm.weight", [rows(`${BLOCK}.attn_q_norm.weight`)]],
  ["keyNorm.weight", [rows(`${BLOCK}.attn_k_norm.weight`)]],
  ["sinks", [rows(`${BLOCK}.attn_sinks.weight`)]],
  ["queryDown.weight", [rows(`${BLOCK}.attn_q_a.weight`)]],
  ["queryDownNorm.weight", [rows(`${BLOCK}.attn_q_a_norm.weight`)]],
  ["queryUp.weight", [rows(`${BLOCK}.attn_q_b.weight`)]],
  ["latentDown.weight", [rows(`${BLOCK}.attn_kv_a_mqa.weight`)]],
  ["latentNorm.weight", [rows(`${BLOCK}.attn_kv_a_norm.weight`)]],
  [
    "latentUp.weight",
    [rows(`${BLOCK}.attn_kv_b.weight`), as("latent-halves", `${BLOCK}.attn_k_b.weight`, `${BLOCK}.attn_v_b.weight`)],
  ],
  ["feedForwardNorm.weight", [rows(`${BLOCK}.ffn_norm.weight`), rows(`${BLOCK}.post_attention_norm.weight`)]],
  ["feedForwardNorm.bias", [rows(`${BLOCK}.ffn_norm.bias`)]],
  ["router.weight", [rows(`${BLOCK}.ffn_gate_inp.weight`)]],
  ["router.bias", [rows(`${BLOCK}.ffn_gate_inp.bias`)]],
  ["router.correction", [rows(`${BLOCK}.exp_probs_b.bias`)]],
  ["sharedGate.weight", [rows(`${BLOCK}.ffn_gate_inp_shexp.weight`)]],
  ["finalNorm.weight", [rows("output_norm.weight")]],
  ["finalNorm.bias", [rows("output_norm.bias")]],
  ["head.weight", [rows("output.weight")]],
  ["head.bias", [rows("output.bias")]],
]);

/** llama.cpp's converter reorders the rows of queries and keys for these architectures. */
const GGUF_PAIRED: ReadonlySet<Architecture> = new Set(["mixtral", "granitemoe"]);

const GGUF_PAIRED_COMMON: SourceTable = new Map([
  ...GGUF_COMMON,
  ["query.weight", [as("paired-query", `${BLOCK}.attn_q.weight`)]],
  ["query.bias", [as("paired-query", `${BLOCK}.attn_q.bias`)]],
  ["key.weight", [as("paired-key", `${BLOCK}.attn_k.weight`)]],
  ["key.bias", [as("paired-key", `${BLOCK}.attn_k.bias`)]],
]);

const GGUF_EXPERTS: SourceTable = new Map<PartName, PartSource[]>([
  [
    "gateUp.weight",
    [
      stack("rows", `${BLOCK}.ffn_gate_exps.weight`, `${BLOCK}.ffn_up_exps.weight`),
      rows(`${BLOCK}.ffn_gate.{E}.weight`, `${BLOCK}.ffn_up.{E}.weight`),
    ],
  ],
  ["gateUp.bias", [stack("rows", `${BLOCK}.ffn_gate_exps.bias`, `${BLOCK}.ffn_up_exps.bias`)]],
  ["down.weight", [stack("rows", `${BLOCK}.ffn_down_exps.weight`), rows(`${BLOCK}.ffn_down.{E}.weight`)]],
  ["down.bias", [stack("rows", `${BLOCK}.ffn_down_exps.bias`)]],
]);

const ggufFeedForward = (suffix: string): SourceTable =>
  new Map([
    ["gateUp.weight", [rows(`${BLOCK}.ffn_gate${suffix}.weight`, `${BLOCK}.ffn_up${suffix}.weight`)]],
    ["down.weight", [rows(`${BLOCK}.ffn_down${suffix}.weight`)]],
  ]);

/** The names that a file uses: those of Hugging Face's libraries or those of GGUF. */
export type Naming = "hugging-face" | "gguf";

export function sourceTables(architecture: Architecture, naming: Naming): SourceTables {
  if (naming === "gguf") {
    return {
      common: GGUF_PAIRED.has(architecture) ? GGUF_PAIRED_COMMON : GGUF_COMMON,
      feedForward: { expert: GGUF_EXPERTS, shared: ggufFeedForward("_shexp"), mlp: ggufFeedForward("") },
    };
  }
  return {
    common: HUGGING_FACE_COMMON,
    feedForward: {
      expert: architecture === "gpt_oss" ? GPT_OSS_EXPERTS : HUGGING_FACE_EXPERTS,
      shared: HUGGING_FACE_SHARED,
      mlp: new Map(projections(`${LAYER}.mlp`)),
    },
  };
}
