import { readSlotParts } from "../../../src/moe/slotSource.ts";
import { randomModel } from "../../../src/moe/training/initial/randomModel.ts";
import { tinyConfig, tinyModel } from "./tinyModel.ts";

async function allParts(model: ReturnType<typeof tinyModel>) {
  const parts = new Map<string, Float32Array>();
  for (const slot of model.slots.keys()) {
    for (const [part, values] of await readSlotParts(model, slot)) parts.set(`${slot} ${part}`, values);
  }
  return parts;
}

test("the same seed gives the same weights, another seed others", async () => {
  const [a, b, c] = [
    await allParts(tinyModel({}, 1)),
    await allParts(tinyModel({}, 1)),
    await allParts(tinyModel({}, 2)),
  ];
  expect(a).toEqual(b);
  expect(a.get("layer0.expert1 down.weight")).not.toEqual(c.get("layer0.expert1 down.weight"));
});

test("matrices have the deviation asked for, smaller where they write into the residual stream; norms are 1", async () => {
  const parts = await allParts(
    randomModel({ config: tinyConfig({ hidden_size: 256, num_attention_heads: 4 }), seed: 4, deviation: 0.05 }),
  );
  const deviation = (name: string): number => {
    const values = parts.get(name)!;
    return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
  };
  expect(deviation("layer1.attention query.weight")).toBeCloseTo(0.05, 3);
  expect(deviation("layer1.attention output.weight")).toBeCloseTo(0.05 / Math.sqrt(4), 3);
  expect(deviation("layer0.expert2 down.weight")).toBeCloseTo(0.05 / Math.sqrt(4), 2);
  expect([...parts.get("layer0.attention inputNorm.weight")!].every((value) => value === 1)).toBe(true);
});

test.each([
  ["mixtral", "model.layers.0.block_sparse_moe.experts.3.w2.weight"],
  ["olmoe", "model.layers.0.mlp.experts.3.down_proj.weight"],
  ["qwen2_moe", "model.layers.0.mlp.shared_expert.down_proj.weight"],
  ["qwen3_moe", "model.layers.0.mlp.experts.3.down_proj.weight"],
])("%s: tensors are called as the reference library calls them", (modelType, name) => {
  const config = tinyConfig({
    model_type: modelType,
    architectures: [],
    num_local_experts: 4,
    moe_intermediate_size: 12,
    shared_expert_intermediate_size: 12,
    head_dim: 6,
  });
  const names = [...randomModel({ config, seed: 1 }).slots.values()].flatMap(({ parts }) =>
    parts.flatMap(({ tensors }) => tensors.map((tensor) => tensor.name)),
  );
  expect(names).toContain(name);
});

test("an architecture without names of its own is refused", () => {
  const config = tinyConfig({ model_type: "granitemoe", architectures: [], num_local_experts: 4 });
  expect(() => randomModel({ config, seed: 1 })).toThrow(expect.objectContaining({ code: "training_option_invalid" }));
});
