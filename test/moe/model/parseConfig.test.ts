/** Configs of every key style, and configs that cannot be. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type ModelConfig, parseConfig, parseConfigText } from "../../../src/moe/model/parseConfig.ts";
import { modelSlots } from "../../../src/moe/model/parts.ts";
import type { ModelSpec } from "../../../src/moe/model/spec.ts";

const CHECKPOINTS = join(import.meta.dirname, "../../fixtures/checkpoints");

function config(name: string): ModelConfig {
  return parseConfigText(readFileSync(join(CHECKPOINTS, name, "config.json"), "utf8"));
}

const without = (values: ModelConfig, ...keys: string[]): ModelConfig =>
  Object.fromEntries(Object.entries(values).filter(([key]) => !keys.includes(key)));

function expectRefused(values: ModelConfig, code: string, field: string): void {
  expect(() => parseConfig(values)).toThrow(
    expect.objectContaining({ code, data: expect.objectContaining({ field }) }),
  );
}

test("hub, saved and v5 keys of the same model give the same description", () => {
  const hub = config("qwen3moe-mix-v5");
  const { rope_parameters, num_local_experts, ...rest } = hub;
  expect(rope_parameters).toEqual({ rope_theta: 5_000_000, rope_type: "default" });
  const old = { ...rest, num_experts: num_local_experts, rope_theta: 5_000_000, rope_scaling: null };
  expect(parseConfig(old)).toEqual(parseConfig(hub));
});

test("absent keys take the defaults of the reference library", () => {
  const minimal = (name: string): ModelSpec => parseConfig({ architectures: [name] });
  expect(minimal("MixtralForCausalLM")).toMatchObject({
    vocabSize: 32_000,
    hiddenSize: 4096,
    attention: { heads: 32, keyValueHeads: 8, headDim: 128 },
    experts: { count: 8, perToken: 2, intermediateSize: 14_336 },
    rope: { theta: 1e6, dimension: 128 },
  });
  expect(minimal("OlmoeForCausalLM")).toMatchObject({
    attention: { heads: 16, keyValueHeads: 16, queryKeyNorm: "all" },
    experts: { count: 64, perToken: 8 },
    router: { kind: "softmax", normalise: false },
  });
  expect(minimal("Qwen2MoeForCausalLM")).toMatchObject({
    attention: { inputBias: true, outputBias: false },
    experts: { count: 60, perToken: 4, intermediateSize: 1408 },
    shared: { intermediateSize: 5632, gated: true },
  });
  expect(minimal("Qwen3MoeForCausalLM")).toMatchObject({
    attention: { keyValueHeads: 4, queryKeyNorm: "head" },
    experts: { count: 128, perToken: 8, intermediateSize: 768 },
  });
  expect(minimal("DeepseekV3ForCausalLM")).toMatchObject({
    attention: { kind: "latent", queryRank: 1536, keyValueRank: 512, plainDim: 128, rotaryDim: 64, valueDim: 128 },
    router: { kind: "sigmoid", normalise: true, scale: 2.5, groups: { count: 8, chosen: 4 } },
  });
  expect(
    minimal("DeepseekV3ForCausalLM")
      .layers.map(({ feedForward }) => feedForward)
      .slice(0, 4),
  ).toEqual(["dense", "dense", "dense", "experts"]);
  expect(minimal("GptOssForCausalLM")).toMatchObject({
    rope: { theta: 150_000, scaling: { kind: "yarn", factor: 32, truncate: false } },
    experts: { count: 128, perToken: 4, bias: true },
  });
  expect(
    minimal("GptOssForCausalLM")
      .layers.slice(0, 3)
      .map(({ window }) => window),
  ).toEqual([128, undefined, 128]);
  expect(minimal("GraniteMoeForCausalLM")).toMatchObject({
    attention: { scale: 1 },
    multipliers: { embedding: 1, residual: 1, logitsDivisor: 1 },
  });
  expect(minimal("PhimoeForCausalLM")).toMatchObject({
    router: { kind: "sparsemixer", jitter: 0.01 },
    norm: { kind: "layer" },
  });
});

test("null is a value of its own: it switches a query rank off, it does not stand for a default", () => {
  const values = config("deepseek_v2-lite");
  expect(parseConfig(values)).toMatchObject({ attention: { queryRank: undefined } });
  expect(parseConfig(without(values, "q_lora_rank"))).toMatchObject({ attention: { queryRank: 1536 } });
  expectRefused({ ...config("mixtral"), vocab_size: null }, "config_invalid", "vocab_size");
});

test("layers with experts follow decoder_sparse_step and mlp_only_layers, or first_k_dense_replace alone", () => {
  const kinds = (values: ModelConfig): string =>
    parseConfig(values)
      .layers.map(({ feedForward }) => feedForward[0])
      .join("");
  expect(kinds(config("qwen2moe-mix"))).toBe("deddde");
  expect(kinds({ ...config("qwen3moe"), num_hidden_layers: 6, decoder_sparse_step: 3, mlp_only_layers: [5] })).toBe(
    "ddeddd",
  );
  expect(kinds({ ...config("deepseek_v3"), num_hidden_layers: 6, first_k_dense_replace: 2, moe_layer_freq: 2 })).toBe(
    "ddeeee",
  );
});

test("sliding windows: for all layers, for listed ones, for every other one, or switched off", () => {
  const windows = (values: ModelConfig): (number | undefined)[] =>
    parseConfig(values).layers.map(({ window }) => window);
  expect(windows(config("mixtral-bf16"))).toEqual([12, 12, 12, 12]);
  expect(windows(config("gpt_oss"))).toEqual([8, undefined, 8, undefined]);
  const qwen2 = { ...config("qwen2moe"), sliding_window: 9 };
  expect(windows(qwen2)).toEqual([undefined, undefined, undefined]);
  expect(windows({ ...qwen2, use_sliding_window: true })).toEqual([9, undefined, 9]);
  expect(windows({ ...qwen2, use_sliding_window: true, max_window_layers: 1 })).toEqual([9, undefined, undefined]);
  expect(windows({ ...config("qwen3moe"), sliding_window: 9, use_sliding_window: true })).toEqual([9, 9, 9]);
  expectRefused({ ...config("gpt_oss"), layer_types: ["full_attention"] }, "config_invalid", "layer_types");
  expectRefused(
    { ...config("gpt_oss"), layer_types: ["full_attention", "chunked_attention", "full_attention", "full_attention"] },
    "config_unsupported",
    "layer_types[1]",
  );
});

test("layers with a window need its length, whether they are listed or follow the pattern", () => {
  const qwen2 = { ...config("qwen2moe"), use_sliding_window: true, sliding_window: null };
  expectRefused(qwen2, "config_invalid", "sliding_window");
  const listed = { layer_types: ["sliding_attention", "full_attention", "full_attention"] };
  expectRefused(
    { ...qwen2, ...listed, use_sliding_window: false, sliding_window: 9 },
    "config_invalid",
    "sliding_window",
  );
  expect(parseConfig({ ...qwen2, ...listed, sliding_window: 9 }).layers[0]?.window).toBe(9);
  // Qwen3-MoE takes a window without a length for none.
  const qwen3 = { ...config("qwen3moe"), use_sliding_window: true, sliding_window: null };
  expect(parseConfig(qwen3).layers[0]?.window).toBeUndefined();
});

test("rotary positions of every kind are read, others are refused by name", () => {
  const mixtral = config("mixtral");
  const scaled = (rope_scaling: unknown): ModelSpec => parseConfig({ ...mixtral, rope_scaling });
  expect(scaled({ type: "linear", factor: 4 }).rope?.scaling).toEqual({ kind: "linear", factor: 4 });
  expect(
    scaled({
      rope_type: "llama3",
      factor: 8,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 128,
    }).rope?.scaling,
  ).toMatchObject({ kind: "llama3", originalPositions: 128 });
  expect(scaled({ rope_type: "yarn", factor: 4, original_max_position_embeddings: 128 }).rope?.scaling).toMatchObject({
    kind: "yarn",
    betaFast: 32,
    betaSlow: 1,
    truncate: true,
    attentionFactor: 0.1 * Math.log(4) + 1,
  });
  expect(scaled(null).rope?.scaling).toEqual({ kind: "default" });
  expect(scaled({ type: "dynamic", factor: 2 }).rope?.scaling).toEqual({ kind: "default" });
  expect(scaled({ rope_type: "proportional", partial_rotary_factor: 0.5, factor: 2 }).rope?.scaling).toEqual({
    kind: "proportional",
    factor: 2,
    rotatedPairs: 4,
  });
  expectRefused({ ...mixtral, rope_scaling: { type: "ntk", factor: 2 } }, "config_unsupported", "rope_scaling.type");
  expectRefused({ ...mixtral, rope_scaling: { rope_type: "linear" } }, "config_invalid", "rope_scaling.factor");
  expectRefused({ ...mixtral, rope_scaling: 3 }, "config_invalid", "rope_scaling");
  const phi = config("phimoe");
  const rope = { ...(phi.rope_scaling as object), long_factor: [1, 2] };
  expectRefused({ ...phi, rope_scaling: rope }, "config_invalid", "rope_scaling.long_factor");
});

test("rotary parameters: the older key comes first, an empty object is none, what cannot be turned so is refused", () => {
  const mixtral = config("mixtral");
  const linear = { rope_type: "linear", factor: 4 };
  const scaling = (values: ModelConfig) => parseConfig(values).rope?.scaling;
  expect(scaling({ ...mixtral, rope_scaling: linear, rope_parameters: { rope_theta: 5 } })).toEqual({
    kind: "linear",
    factor: 4,
  });
  expect(scaling({ ...mixtral, rope_scaling: {}, rope_parameters: linear })).toEqual({ kind: "linear", factor: 4 });
  expect(scaling({ ...config("gpt_oss"), rope_scaling: {} })).toMatchObject({ kind: "yarn", factor: 32 });
  expectRefused(
    { ...mixtral, rope_scaling: linear, partial_rotary_factor: 0.5 },
    "config_unsupported",
    "partial_rotary_factor",
  );
  expectRefused(
    { ...config("gpt_oss"), rope_scaling: { full_attention: linear } },
    "config_unsupported",
    "rope_scaling.full_attention",
  );
  const phi = config("phimoe");
  const rope = phi.rope_scaling as object;
  expectRefused({ ...phi, rope_scaling: { ...rope, type: "yarn" } }, "config_unsupported", "rope_scaling.type");
});

test("the original length beside the rotary parameters comes before theirs, but not in Phi-MoE", () => {
  const original = (values: ModelConfig): unknown =>
    parseConfig({ ...values, original_max_position_embeddings: 77 }).rope?.scaling;
  const yarn = { rope_type: "yarn", factor: 4, original_max_position_embeddings: 128 };
  expect(original({ ...config("mixtral"), rope_scaling: yarn })).toMatchObject({ originalPositions: 77 });
  const phi = config("phimoe");
  const own = (phi.rope_scaling as { original_max_position_embeddings: number }).original_max_position_embeddings;
  expect(original(phi)).toMatchObject({ originalPositions: own });
});

test("a class that is not known leaves the choice to the model type, and the other way round", () => {
  const { architectures, ...rest } = config("qwen3moe");
  expect(architectures).toEqual(["Qwen3MoeForCausalLM"]);
  for (const names of [undefined, [], ["Qwen3MoeModel"], ["MyModel"]]) {
    const values = names === undefined ? rest : { ...rest, architectures: names };
    expect(parseConfig(values).architecture).toBe("qwen3_moe");
  }
  expect(parseConfig({ ...rest, architectures, model_type: "my_qwen" }).architecture).toBe("qwen3_moe");
  expect(parseConfig({ ...rest, architectures: ["Qwen2MoeForCausalLM"] }).architecture).toBe("qwen3_moe");
  expectRefused(
    { ...rest, architectures: ["MyModel"], model_type: "my_qwen" },
    "architecture_unsupported",
    "architectures",
  );
});

test("values that count as absent: null for tied embeddings and a head's width, no width for the shared expert", () => {
  expect(parseConfig({ ...config("mixtral"), tie_word_embeddings: null }).tiedEmbeddings).toBe(false);
  expect(parseConfig({ ...config("gpt_oss"), head_dim: null }).attention).toMatchObject({ headDim: 16 });
  expect(parseConfig({ ...config("qwen2moe"), shared_expert_intermediate_size: 0 }).shared).toBeUndefined();
});

test("what is not implemented is refused by the name of its field", () => {
  expectRefused({ ...config("mixtral"), hidden_act: "gelu_10" }, "config_unsupported", "hidden_act");
  expectRefused(
    { ...config("mixtral"), quantization_config: { quant_method: "gptq" } },
    "config_unsupported",
    "quantization_config.quant_method",
  );
  expectRefused(
    { ...config("gpt_oss"), quantization_config: { quant_method: "awq" } },
    "config_unsupported",
    "quantization_config.quant_method",
  );
  const layers = { 1: { num_experts_per_tok: 1 } };
  expectRefused({ ...config("mixtral"), per_layer_config: layers }, "config_unsupported", "per_layer_config");
  for (const none of [null, {}]) expect(parseConfig({ ...config("mixtral"), per_layer_config: none })).toBeDefined();
  expectRefused({ ...config("deepseek_v2-lite"), topk_method: "noaux_tc" }, "config_unsupported", "topk_method");
  expectRefused({ ...config("deepseek_v3"), scoring_func: "softmax" }, "config_unsupported", "scoring_func");
  expectRefused(
    { ...config("granitemoe"), position_embedding_type: "alibi" },
    "config_unsupported",
    "position_embedding_type",
  );
  expectRefused({ ...config("phimoe"), num_experts_per_tok: 3 }, "config_unsupported", "num_experts_per_tok");
  expectRefused({ architectures: ["LlamaForCausalLM"] }, "architecture_unsupported", "architectures");
  expectRefused({ model_type: "llama" }, "architecture_unsupported", "model_type");
  expectRefused({}, "architecture_unsupported", "model_type");
});

test("impossible configs are refused by the name of their field", () => {
  const mixtral = config("mixtral");
  for (const [field, value] of [
    ["num_experts_per_tok", 9],
    ["num_experts_per_tok", 0],
    ["num_key_value_heads", 3],
    ["hidden_size", 0],
    ["hidden_size", -64],
    ["hidden_size", 64.5],
    ["hidden_size", "64"],
    ["rms_norm_eps", "small"],
    ["tie_word_embeddings", 1],
    ["rope_theta", 0],
    ["sliding_window", 0],
    ["head_dim", 15],
  ] as const) {
    expectRefused({ ...mixtral, [field]: value }, "config_invalid", field);
  }
  expectRefused({ ...mixtral, num_experts: 4 }, "config_invalid", "num_experts");
  expectRefused({ ...config("deepseek_v3"), n_group: 5 }, "config_invalid", "n_group");
  expectRefused({ ...config("deepseek_v3"), topk_group: 5 }, "config_invalid", "topk_group");
  expectRefused(
    { ...config("deepseek_v3"), topk_group: 1, num_experts_per_tok: 5 },
    "config_invalid",
    "num_experts_per_tok",
  );
});

test("absurd sizes are refused before anything is allocated for them", () => {
  const bases = [
    "mixtral",
    "olmoe",
    "qwen2moe",
    "qwen3moe",
    "deepseek_v2-group",
    "deepseek_v3",
    "gpt_oss",
    "granitemoe",
    "phimoe",
  ];
  const before = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
  let refused = 0;
  for (const name of bases) {
    const base = config(name);
    for (const key of Object.keys(base).filter(
      (key) => Number.isSafeInteger(base[key]) && !/_id$|^pretraining_tp$|^ep_size$/.test(key),
    )) {
      for (const value of [2 ** 31 + 1, 2 ** 40, 2 ** 53, 1e308, -1]) {
        try {
          modelSlots(parseConfig({ ...base, [key]: value })).length;
        } catch (error) {
          expect(error).toMatchObject({ code: "config_invalid" });
          refused++;
        }
      }
    }
  }
  expect(refused).toBeGreaterThan(300);
  const grown = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers - before;
  expect(grown).toBeLessThan(64 * 1024 * 1024);
});

test("text that is no JSON object is refused; keys like __proto__ are ordinary keys", () => {
  for (const text of ["", "{", "[]", "null", "3", '"x"']) {
    expect(() => parseConfigText(text)).toThrow(expect.objectContaining({ code: "config_unreadable" }));
  }
  expect(() => parseConfigText(`{"a":"${"x".repeat(1024 * 1024)}"}`)).toThrow(
    expect.objectContaining({ code: "config_unreadable" }),
  );
  const hostile = parseConfigText('{"__proto__":{"architectures":["MixtralForCausalLM"]},"constructor":1}');
  expectRefused(hostile, "architecture_unsupported", "model_type");
});

test("DeepSeek: odd rotary widths and what is not implemented are refused under the key's own name", () => {
  for (const name of ["deepseek_v2-lite", "deepseek_v3"]) {
    expectRefused({ ...config(name), qk_rope_head_dim: 9 }, "config_invalid", "qk_rope_head_dim");
  }
  expectRefused({ ...config("deepseek_v2-lite"), mlp_bias: true }, "config_unsupported", "mlp_bias");
  expectRefused({ ...config("deepseek_v3"), scoring_func: "softmax" }, "config_unsupported", "scoring_func");
  expectRefused({ ...config("deepseek_v3"), topk_method: "greedy" }, "config_unsupported", "topk_method");
});
