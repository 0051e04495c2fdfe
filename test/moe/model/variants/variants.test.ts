/** The engine against an independent implementation, for models that no gold checkpoint shows. */
import { CASES, type Case } from "./cases.ts";
import { compare } from "./compare.ts";
import { fused } from "./fused.ts";

for (const [i, one] of CASES.entries()) {
  test(`${one.name}: logits are those of the formulas`, () => compare(one, i + 1, (weights) => weights));
}

const firstOf = (type: string): Case => CASES.find(({ settings }) => settings.type === type) as Case;

for (const type of [
  "mixtral",
  "olmoe",
  "qwen2_moe",
  "qwen3_moe",
  "deepseek_v2",
  "deepseek_v3",
  "granitemoe",
  "phimoe",
]) {
  test(`${type}: the same from stacks of experts under the names of version 5 of the library`, () =>
    compare(firstOf(type), 7, (weights) => {
      const stacks = fused(type, weights);
      expect([...stacks.keys()].some((name) => name.endsWith(".experts.gate_up_proj"))).toBe(true);
      return stacks;
    }));
}
