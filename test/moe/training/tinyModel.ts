/** Small models with random weights, and batches of random tokens, for tests. */
import type { ModelConfig } from "../../../src/moe/model/parseConfig.ts";
import type { SlotSource } from "../../../src/moe/slotSource.ts";
import { randomModel } from "../../../src/moe/training/initial/randomModel.ts";
import { RandomSource } from "../../../src/moe/training/random.ts";

export const VOCAB = 48;

export function tinyConfig(change: Readonly<Record<string, unknown>> = {}): ModelConfig {
  return {
    architectures: ["OlmoeForCausalLM"],
    model_type: "olmoe",
    vocab_size: VOCAB,
    hidden_size: 24,
    intermediate_size: 12,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    num_experts: 4,
    num_experts_per_tok: 2,
    max_position_embeddings: 64,
    norm_topk_prob: true,
    rms_norm_eps: 1e-5,
    initializer_range: 0.2,
    ...change,
  };
}

export function tinyModel(change: Readonly<Record<string, unknown>> = {}, seed = 1): SlotSource {
  return randomModel({ config: tinyConfig(change), seed });
}

export function randomTokens(lengths: readonly number[], seed: number, vocab = VOCAB): number[][] {
  const random = new RandomSource(seed, "tokens");
  return lengths.map((length) => Array.from({ length }, () => random.below(vocab)));
}

/** The largest difference of two sets of tensors, relative to the largest entry of each. */
export function tensorDifference(
  got: ReadonlyMap<string, Float32Array>,
  expected: ReadonlyMap<string, Float32Array>,
): number {
  expect([...got.keys()].sort()).toEqual([...expected.keys()].sort());
  let worst = 0;
  for (const [name, values] of expected) {
    const other = got.get(name)!;
    const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
    for (const [i, value] of values.entries()) worst = Math.max(worst, Math.abs(value - (other[i] as number)) / scale);
  }
  return worst;
}
