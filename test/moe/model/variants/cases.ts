/** Models that the reference library supports and no gold checkpoint shows: settings, and the config where it differs. */
import type { Config } from "./config.ts";
import { BASE, type Settings } from "./settings.ts";

export interface Case {
  readonly name: string;
  readonly settings: Settings;
  /** Laid over the config that the settings give; `undefined` takes a key away. */
  readonly config: Config;
}

function of(type: string, name: string, settings: Partial<Settings>, config: Config = {}): Case {
  return { name: `${type}: ${name}`, settings: { ...BASE, type, ...settings }, config };
}

const latent: Partial<Settings> = { sharedWidth: 40, normalise: false };
const v3: Partial<Settings> = { ...latent, normalise: true, routedScale: 2.5, experts: 8, groups: 2, groupsChosen: 1 };
const qwen2: Partial<Settings> = { attentionBias: true, sharedWidth: 12, normalise: false };
const yarn = { type: "yarn", factor: 4, original: 16 } as const;
const long = { type: "longrope", original: 8, long: [1.5, 2, 3, 4], short: [1, 1.1, 1.2, 1.3] } as const;
const oss: Partial<Settings> = { attentionBias: true, theta: 150_000 };

const odd: Partial<Settings> = {
  hidden: 42,
  heads: 3,
  keyValueHeads: 1,
  headDim: 14,
  expertWidth: 7,
  width: 11,
  vocab: 57,
};

const ACTIVATIONS = ["gelu_new", "quick_gelu", "relu", "relu2", "tanh", "sigmoid"] as const;

export const CASES: readonly Case[] = [
  of("mixtral", "sizes that no block divides", odd),
  of("qwen2_moe", "sizes that no block divides", { ...qwen2, ...odd, sharedWidth: 5, dense: [1] }),
  of("deepseek_v3", "sizes that no block divides", { ...v3, ...odd, sharedWidth: 14, keyRank: 11, queryRank: 7 }),
  of("granitemoe", "sizes that no block divides", { ...odd, attentionScale: 0.3 }),
  ...ACTIVATIONS.map((activation) => of("qwen3_moe", `activation ${activation}`, { activation, dense: [0] })),
  of("mixtral", "heads wider than the hidden size, one key/value head, one layer", {
    headDim: 10,
    keyValueHeads: 1,
    layers: 1,
  }),
  of("mixtral", "one expert", { experts: 1, topK: 1 }),
  of(
    "mixtral",
    "every expert for every position, keys and values for every head",
    { topK: 4, keyValueHeads: 4 },
    {
      num_key_value_heads: null,
      head_dim: null,
    },
  ),
  of(
    "mixtral",
    "linear positions, gelu",
    { rope: { type: "linear", factor: 3 }, activation: "gelu" },
    {
      hidden_act: "gelu",
    },
  ),
  of("mixtral", "Llama 3 positions", { rope: { type: "llama3", factor: 8, low: 1, high: 4, original: 32 } }),
  of("mixtral", "dynamic positions within the model's length", { rope: { type: "dynamic", factor: 4 } }),
  of("mixtral", "proportional positions", { rope: { type: "proportional", share: 0.5, factor: 2 } }),
  of("mixtral", "plain positions turn whole heads whatever the share", {}, { partial_rotary_factor: 0.5 }),
  of(
    "mixtral",
    "LongRoPE past its original length, original length beside the parameters",
    { rope: long },
    {
      rope_scaling: {
        rope_type: "longrope",
        long_factor: long.long,
        short_factor: long.short,
        long_mscale: 3,
        short_mscale: 3,
      },
      original_max_position_embeddings: 8,
    },
  ),
  of(
    "mixtral",
    "YaRN without truncation, under the newer name",
    { rope: { ...yarn, truncate: false } },
    {
      rope_theta: undefined,
      rope_scaling: undefined,
      rope_parameters: {
        rope_type: "yarn",
        rope_theta: 10_000,
        factor: 4,
        original_max_position_embeddings: 16,
        truncate: false,
      },
    },
  ),
  of(
    "mixtral",
    "the older name of the parameters comes first, an empty object counts as none",
    { theta: 500 },
    {
      rope_theta: 500,
      rope_scaling: {},
      rope_parameters: {},
    },
  ),
  of("olmoe", "biases, clipping, few key/value heads, weights as they are", {
    attentionBias: true,
    clip: 0.4,
    normalise: false,
  }),
  of("olmoe", "YaRN", { rope: yarn, keyValueHeads: 4 }, { num_key_value_heads: undefined }),
  of("qwen2_moe", "no shared expert, no biases, a dense layer", {
    ...qwen2,
    attentionBias: false,
    sharedWidth: 0,
    dense: [0],
  }),
  of(
    "qwen2_moe",
    "windows on listed layers, tied",
    { ...qwen2, windows: [0, 3], tied: true },
    {
      use_sliding_window: true,
      sliding_window: 3,
      layer_types: ["full_attention", "sliding_attention"],
    },
  ),
  of(
    "qwen3_moe",
    "biases, window on every layer, heads of 12",
    {
      attentionBias: true,
      windows: [4, 4],
      headDim: 12,
    },
    { use_sliding_window: true, sliding_window: 4 },
  ),
  of("qwen3_moe", "no layer with experts", { dense: [0, 1] }),
  of("deepseek_v3", "no layer with experts", { ...v3, dense: [0, 1] }, { first_k_dense_replace: 9 }),
  of("deepseek_v2", "biases and compressed queries", { ...latent, attentionBias: true, queryRank: 9 }),
  of(
    "deepseek_v2",
    "routing within groups, a step between expert layers that is not read",
    {
      ...latent,
      experts: 8,
      groups: 4,
      groupsChosen: 2,
      topK: 3,
      routedScale: 1.7,
      dense: [0],
    },
    { moe_layer_freq: 2, norm_topk_prob: true },
  ),
  of(
    "deepseek_v2",
    "YaRN with a temperature",
    {
      ...latent,
      rope: { ...yarn, attentionFactor: 1 },
      temperature: 0.1 * 0.7 * Math.log(4) + 1,
    },
    {
      rope_scaling: { type: "yarn", factor: 4, original_max_position_embeddings: 16, mscale: 0.7, mscale_all_dim: 0.7 },
    },
  ),
  of("deepseek_v3", "no interleaving, biases, no shared expert", {
    ...v3,
    interleaved: false,
    attentionBias: true,
    queryRank: 9,
    sharedWidth: 0,
  }),
  of(
    "deepseek_v3",
    "one group, direct queries, weights as they are",
    {
      ...v3,
      groups: 1,
      normalise: false,
      dense: [0],
    },
    { rope_scaling: { rope_type: "default", mscale_all_dim: 1, factor: 40 } },
  ),
  of(
    "gpt_oss",
    "no biases in attention, all layers with full attention",
    { ...oss, attentionBias: false },
    {
      rope_scaling: { rope_type: "default" },
    },
  ),
  of(
    "gpt_oss",
    "windows by default on every other layer, a limit that is not read",
    { ...oss, windows: [3, 0] },
    {
      sliding_window: 3,
      swiglu_limit: 0.1,
      rope_scaling: { rope_type: "default" },
      head_dim: null,
    },
  ),
  of(
    "gpt_oss",
    "YaRN by default",
    { ...oss, rope: { type: "yarn", factor: 32, original: 4096, truncate: false } },
    {
      rope_theta: undefined,
      rope_scaling: {},
    },
  ),
  of("granitemoe", "biases, multipliers, one key/value head", {
    attentionBias: true,
    keyValueHeads: 1,
    attentionScale: 0.2,
    embeddingMultiplier: 3,
    residualMultiplier: 0.6,
    logitsDivisor: 2.5,
    tied: true,
  }),
  of(
    "phimoe",
    "biases of attention and head, wide jitter, window",
    {
      attentionBias: true,
      headBias: true,
      jitter: 0.4,
      windows: [5, 5],
    },
    { sliding_window: 5 },
  ),
  of("phimoe", "plain positions, no jitter", { jitter: 0 }, { rope_scaling: null }),
];
