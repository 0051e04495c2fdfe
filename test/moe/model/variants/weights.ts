/** Random weights under the names that the reference library (4.x) gives its modules. */
import type { Settings } from "./settings.ts";

export interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export type Weights = Map<string, Tensor>;

type Shapes = [name: string, shape: number[]][];

function attention(s: Settings, at: string): Shapes {
  const { heads, hidden, headDim, keyValueHeads } = s;
  const linear = (name: string, outputs: number, inputs: number, bias: boolean): Shapes => [
    [`${at}.${name}.weight`, [outputs, inputs]],
    ...(bias ? ([[`${at}.${name}.bias`, [outputs]]] as Shapes) : []),
  ];
  if (s.type.startsWith("deepseek")) {
    const queries = heads * (s.plainDim + s.rotaryDim);
    return [
      ...(s.queryRank === 0
        ? linear("q_proj", queries, hidden, false)
        : ([
            ...linear("q_a_proj", s.queryRank, hidden, s.attentionBias),
            [`${at}.q_a_layernorm.weight`, [s.queryRank]],
            ...linear("q_b_proj", queries, s.queryRank, false),
          ] as Shapes)),
      ...linear("kv_a_proj_with_mqa", s.keyRank + s.rotaryDim, hidden, s.attentionBias),
      [`${at}.kv_a_layernorm.weight`, [s.keyRank]],
      ...linear("kv_b_proj", heads * (s.plainDim + s.valueDim), s.keyRank, false),
      ...linear("o_proj", hidden, heads * s.valueDim, s.attentionBias),
    ];
  }
  const norms: Shapes =
    s.type === "olmoe"
      ? [
          [`${at}.q_norm.weight`, [heads * headDim]],
          [`${at}.k_norm.weight`, [keyValueHeads * headDim]],
        ]
      : s.type === "qwen3_moe"
        ? [
            [`${at}.q_norm.weight`, [headDim]],
            [`${at}.k_norm.weight`, [headDim]],
          ]
        : [];
  return [
    ...linear("q_proj", heads * headDim, hidden, s.attentionBias),
    ...linear("k_proj", keyValueHeads * headDim, hidden, s.attentionBias),
    ...linear("v_proj", keyValueHeads * headDim, hidden, s.attentionBias),
    ...linear("o_proj", hidden, heads * headDim, s.attentionBias && s.type !== "qwen2_moe"),
    ...norms,
    ...(s.type === "gpt_oss" ? ([[`${at}.sinks`, [heads]]] as Shapes) : []),
  ];
}

function gated(at: string, hidden: number, width: number, names = ["gate_proj", "up_proj", "down_proj"]): Shapes {
  return names.map((name, i) => [`${at}.${name}.weight`, i === 2 ? [hidden, width] : [width, hidden]]);
}

function feedForward(s: Settings, at: string, layer: number): Shapes {
  const { hidden, experts, expertWidth } = s;
  if (s.dense.includes(layer)) return gated(`${at}.mlp`, hidden, s.width);
  if (s.type === "gpt_oss") {
    return [
      [`${at}.mlp.router.weight`, [experts, hidden]],
      [`${at}.mlp.router.bias`, [experts]],
      [`${at}.mlp.experts.gate_up_proj`, [experts, hidden, 2 * expertWidth]],
      [`${at}.mlp.experts.gate_up_proj_bias`, [experts, 2 * expertWidth]],
      [`${at}.mlp.experts.down_proj`, [experts, expertWidth, hidden]],
      [`${at}.mlp.experts.down_proj_bias`, [experts, hidden]],
    ];
  }
  if (s.type === "granitemoe") {
    return [
      [`${at}.block_sparse_moe.router.layer.weight`, [experts, hidden]],
      [`${at}.block_sparse_moe.input_linear.weight`, [experts, 2 * expertWidth, hidden]],
      [`${at}.block_sparse_moe.output_linear.weight`, [experts, hidden, expertWidth]],
    ];
  }
  const old = s.type === "mixtral" || s.type === "phimoe";
  const block = `${at}.${old ? "block_sparse_moe" : "mlp"}`;
  const names = old ? ["w1", "w3", "w2"] : undefined;
  const shared = s.type === "qwen2_moe" ? "shared_expert" : "shared_experts";
  return [
    [`${block}.gate.weight`, [experts, hidden]],
    ...(s.type === "deepseek_v3" ? ([[`${block}.gate.e_score_correction_bias`, [experts]]] as Shapes) : []),
    ...Array.from({ length: experts }, (_, i) => gated(`${block}.experts.${i}`, hidden, expertWidth, names)).flat(),
    ...(s.sharedWidth > 0 ? gated(`${block}.${shared}`, hidden, s.sharedWidth) : []),
    ...(s.type === "qwen2_moe" ? ([[`${block}.shared_expert_gate.weight`, [1, hidden]]] as Shapes) : []),
  ];
}

function shapesOf(s: Settings): Shapes {
  const norm = (name: string): Shapes => [
    [`${name}.weight`, [s.hidden]],
    ...(s.type === "phimoe" ? ([[`${name}.bias`, [s.hidden]]] as Shapes) : []),
  ];
  const layers = Array.from({ length: s.layers }, (_, i) => {
    const at = `model.layers.${i}`;
    return [
      ...norm(`${at}.input_layernorm`),
      ...attention(s, `${at}.self_attn`),
      ...norm(`${at}.post_attention_layernorm`),
      ...feedForward(s, at, i),
    ];
  });
  return [
    ["model.embed_tokens.weight", [s.vocab, s.hidden]],
    ...layers.flat(),
    ...norm("model.norm"),
    ...(s.tied ? [] : ([["lm_head.weight", [s.vocab, s.hidden]]] as Shapes)),
    ...(s.headBias ? ([["lm_head.bias", [s.vocab]]] as Shapes) : []),
  ];
}

/** The same for the same seed. Norms lie around 1, everything else around 0. */
export function randomWeights(s: Settings, seed: number): Weights {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state / 2 ** 32) * 2 - 1;
  };
  return new Map(
    shapesOf(s).map(([name, shape]) => {
      const norm = /norm\.weight$/.test(name);
      const spread = shape.length === 1 ? 0.3 : 2.5 / Math.sqrt(s.hidden);
      const count = shape.reduce((a, b) => a * b, 1);
      return [name, { shape, values: Float32Array.from({ length: count }, () => (norm ? 1 : 0) + spread * uniform()) }];
    }),
  );
}
