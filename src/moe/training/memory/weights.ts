/** A thread's view of the shared weights, as tensors by slot and part. */
import { type Feeds, type FloatTensor, floats } from "../../engine/ort.ts";
import type { PartName } from "../../model/parts.ts";
import type { Parameter, ParameterLayout } from "./layout.ts";

export interface WeightMemory {
  readonly trained: Float32Array;
  readonly frozen: Float32Array;
}

export class Weights {
  readonly #memory: WeightMemory;
  readonly #bySlot = new Map<string, Map<PartName, Parameter>>();
  readonly #feeds = new Map<string, Feeds>();

  constructor(layout: ParameterLayout, memory: WeightMemory) {
    this.#memory = memory;
    for (const parameter of layout.parameters) {
      const parts = this.#bySlot.get(parameter.slot) ?? new Map<PartName, Parameter>();
      this.#bySlot.set(parameter.slot, parts.set(parameter.part, parameter));
    }
  }

  /** All parts of the slots as inputs of a graph. The tensors are views: they change as the weights are trained. */
  feeds(...slots: readonly string[]): Feeds {
    const key = slots.join(" ");
    const known = this.#feeds.get(key);
    if (known !== undefined) return known;
    const feeds: Feeds = {};
    for (const slot of slots) {
      for (const [part, parameter] of this.#bySlot.get(slot) ?? []) feeds[part] = this.#tensor(parameter);
    }
    this.#feeds.set(key, feeds);
    return feeds;
  }

  values(slot: string, part: PartName): Float32Array {
    const { trained, offset, length } = this.#find(slot, part);
    const memory = trained ? this.#memory.trained : this.#memory.frozen;
    return memory.subarray(offset, offset + length);
  }

  /** Parts of the slot that are trained. */
  trainedParts(slot: string): PartName[] {
    return [...(this.#bySlot.get(slot)?.values() ?? [])].filter(({ trained }) => trained).map(({ part }) => part);
  }

  #find(slot: string, part: PartName): Parameter {
    const parameter = this.#bySlot.get(slot)?.get(part);
    if (parameter === undefined) throw new TypeError(`weights: the model has no part ${part} in slot ${slot}`);
    return parameter;
  }

  #tensor(parameter: Parameter): FloatTensor {
    return floats(this.values(parameter.slot, parameter.part), parameter.shape);
  }
}
