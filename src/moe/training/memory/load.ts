/** From a model's slots to the shared memory. */
import { readSlotParts, type SlotSource } from "../../slotSource.ts";
import type { ParameterLayout } from "./layout.ts";
import type { WeightMemory } from "./weights.ts";

/** Throws what the source throws, and `tensor_not_finite`. */
export async function loadWeights(
  source: SlotSource,
  layout: ParameterLayout,
  memory: WeightMemory,
  signal?: AbortSignal,
): Promise<void> {
  const slots = Map.groupBy(layout.parameters, ({ slot }) => slot);
  for (const [slot, parameters] of slots) {
    signal?.throwIfAborted();
    const parts = await readSlotParts(source, slot, signal === undefined ? {} : { signal });
    for (const { part, trained, offset } of parameters) {
      (trained ? memory.trained : memory.frozen).set(parts.get(part) as Float32Array, offset);
    }
  }
}
