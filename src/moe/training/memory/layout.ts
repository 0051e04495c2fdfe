/**
 * Where the weights lie in shared memory: all trained parts one after the other in one array, all others in a second.
 * Gradients and the optimiser's moments have the layout of the first.
 */
import { type Slot, slotName } from "../../../core/slot.ts";
import { modelSlots, type PartName, slotParts } from "../../model/parts.ts";
import type { ModelSpec } from "../../model/spec.ts";

export interface Parameter {
  readonly slot: string;
  readonly part: PartName;
  readonly shape: readonly number[];
  readonly trained: boolean;
  /** In elements, within the array of its kind. */
  readonly offset: number;
  readonly length: number;
}

export interface ParameterLayout {
  readonly parameters: readonly Parameter[];
  readonly trainedLength: number;
  readonly frozenLength: number;
}

/** In elements: 64 bytes, so that no two parts share a cache line. */
export const ALIGNMENT = 16;

export function layoutParameters(spec: ModelSpec, isTrained: (slot: Slot, part: PartName) => boolean): ParameterLayout {
  const parameters: Parameter[] = [];
  const lengths = { trained: 0, frozen: 0 };
  for (const slot of modelSlots(spec)) {
    for (const { name, shape } of slotParts(spec, slot.kind)) {
      const trained = isTrained(slot, name);
      const kind = trained ? "trained" : "frozen";
      const length = shape.reduce((count, size) => count * size, 1);
      parameters.push({ slot: slotName(slot), part: name, shape, trained, offset: lengths[kind], length });
      lengths[kind] += Math.ceil(length / ALIGNMENT) * ALIGNMENT;
    }
  }
  return { parameters, trainedLength: lengths.trained, frozenLength: lengths.frozen };
}
