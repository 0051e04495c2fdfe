/**
 * Names of GGUF files: https://github.com/ggml-org/llama.cpp/blob/master/gguf-py/gguf/constants.py
 * The terms are explained in `partSource.ts`.
 */
import { as, type PartSource, rows, type SourceTable, stack } from "./partSource.ts";
import type { PartName } from "./parts.ts";
import type { Architecture } from "./spec.ts";

const BLOCK = "blk.{L}";

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

export const GGUF_EXPERTS: SourceTable = new Map<PartName, PartSource[]>([
  [
    "gateUp.weight",
    [
      stack("rows", `${BLOCK}.ffn_gate_exps.weight`, `${BLOCK}.ffn_up_exps.weight`),
      stack("rows", `${BLOCK}.ffn_gate_up_exps.weight`),
      rows(`${BLOCK}.ffn_gate.{E}.weight`, `${BLOCK}.ffn_up.{E}.weight`),
    ],
  ],
  ["gateUp.bias", [stack("rows", `${BLOCK}.ffn_gate_exps.bias`, `${BLOCK}.ffn_up_exps.bias`)]],
  ["down.weight", [stack("rows", `${BLOCK}.ffn_down_exps.weight`), rows(`${BLOCK}.ffn_down.{E}.weight`)]],
  ["down.bias", [stack("rows", `${BLOCK}.ffn_down_exps.bias`)]],
]);

export const ggufFeedForward = (suffix: string): SourceTable =>
  new Map([
    ["gateUp.weight", [rows(`${BLOCK}.ffn_gate${suffix}.weight`, `${BLOCK}.ffn_up${suffix}.weight`)]],
    ["down.weight", [rows(`${BLOCK}.ffn_down${suffix}.weight`)]],
  ]);

export function ggufCommon(architecture: Architecture): SourceTable {
  return GGUF_PAIRED.has(architecture) ? GGUF_PAIRED_COMMON : GGUF_COMMON;
}
