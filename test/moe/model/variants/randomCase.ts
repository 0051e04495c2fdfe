/** Models of random shape, of the four architectures with heads of their own sizes, in the key styles of both library versions. */
import fc from "fast-check";
import type { Case } from "./cases.ts";
import { type Config, configOf } from "./config.ts";
import { BASE, type RopeSettings, type Settings } from "./settings.ts";

const TYPES = ["mixtral", "olmoe", "qwen2_moe", "qwen3_moe"] as const;

const draw = fc.record({
  type: fc.constantFrom(...TYPES),
  groups: fc.constantFrom(1, 2, 3),
  keyValueHeads: fc.constantFrom(1, 2, 3),
  headDim: fc.constantFrom(4, 6, 10, 16),
  hidden: fc.constantFrom(16, 30, 42),
  layers: fc.integer({ min: 1, max: 3 }),
  experts: fc.integer({ min: 1, max: 7 }),
  topK: fc.integer({ min: 1, max: 7 }),
  expertWidth: fc.constantFrom(3, 8, 20),
  sharedWidth: fc.constantFrom(0, 5, 12),
  epsilon: fc.constantFrom(1e-6, 1e-2),
  theta: fc.constantFrom(500, 1e4, 1e6),
  rope: fc.constantFrom<RopeSettings>(
    { type: "default" },
    { type: "linear", factor: 2.5 },
    { type: "llama3", factor: 8, low: 1, high: 4, original: 32 },
    { type: "yarn", factor: 4, original: 16 },
    { type: "yarn", factor: 8, original: 8, truncate: false, attentionFactor: 1.2 },
  ),
  activation: fc.constantFrom("silu", "gelu", "gelu_new", "relu"),
  normalise: fc.boolean(),
  attentionBias: fc.boolean(),
  tied: fc.boolean(),
  clip: fc.constantFrom(0, 0.5),
  step: fc.constantFrom(1, 2),
  window: fc.constantFrom(0, 1, 5),
  windowLayers: fc.integer({ min: 0, max: 3 }),
  newKeys: fc.boolean(),
});

type Drawn = typeof draw extends fc.Arbitrary<infer T> ? T : never;

/** A case whose name says everything that was drawn. */
export const randomCase: fc.Arbitrary<Case> = draw.map((drawn) => {
  const settings = settingsOf(drawn);
  return { name: JSON.stringify(drawn), settings, config: configChanges(drawn, settings) };
});

function settingsOf({ groups, step, window, windowLayers, newKeys, ...drawn }: Drawn): Settings {
  const { type, layers } = drawn;
  const qwen = type === "qwen2_moe" || type === "qwen3_moe";
  const heads = drawn.keyValueHeads * groups;
  const windowed = (layer: number): boolean => type !== "qwen2_moe" || (layer % 2 === 0 && layer < windowLayers);
  const all = Array.from({ length: layers }, (_, layer) => layer);
  return {
    ...BASE,
    ...drawn,
    heads,
    // OLMoE's norms of queries and keys are as wide as the model.
    hidden: type === "olmoe" ? heads * drawn.headDim : drawn.hidden,
    topK: Math.min(drawn.topK, drawn.experts),
    sharedWidth: type === "qwen2_moe" ? drawn.sharedWidth : 0,
    normalise: type === "mixtral" || drawn.normalise,
    attentionBias: type !== "mixtral" && drawn.attentionBias,
    clip: type === "olmoe" ? drawn.clip : 0,
    dense: qwen ? all.filter((layer) => (layer + 1) % step !== 0) : [],
    windows: type === "olmoe" ? [] : all.map((layer) => (windowed(layer) ? window : 0)),
  };
}

function configChanges({ type, step, window, windowLayers, newKeys }: Drawn, settings: Settings): Config {
  const { rope_scaling, rope_theta, num_experts } = configOf(settings);
  const windows = { sliding_window: window || null, use_sliding_window: window > 0, max_window_layers: windowLayers };
  return {
    ...(type === "olmoe" ? { head_dim: undefined } : windows),
    ...(type.startsWith("qwen") && { mlp_only_layers: [], decoder_sparse_step: step }),
    ...(newKeys && {
      rope_theta: undefined,
      rope_scaling: undefined,
      rope_parameters: { ...((rope_scaling as Config | null) ?? { rope_type: "default" }), rope_theta },
    }),
    ...(newKeys && type === "qwen3_moe" && { num_experts: undefined, num_local_experts: num_experts }),
  };
}
