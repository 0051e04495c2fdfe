/** Tensors of rotary positions that stand in the model's config, not in its weights. */
import type { ModelSpec } from "../../model/spec.ts";
import type { PlannedTensor } from "./plan.ts";
import { smallTensorType } from "./types.ts";

/** LongRoPE's divisors of the frequencies, for long and for short sequences. */
export function ropeFactors({ rope }: ModelSpec): PlannedTensor[] {
  if (rope?.scaling.kind !== "longrope") return [];
  const { longFactors, shortFactors } = rope.scaling;
  const tensor = (name: string, constant: readonly number[]): PlannedTensor => {
    return { name, dtype: smallTensorType(), shape: [constant.length], sections: [], constant };
  };
  return [tensor("rope_factors_long.weight", longFactors), tensor("rope_factors_short.weight", shortFactors)];
}
