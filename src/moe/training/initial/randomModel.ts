/**
 * A new model with random weights: matrices normally distributed, norms 1, biases 0. What writes into the residual
 * stream (the output of attention, the down projections) is smaller by sqrt(2 * layers), so that the stream does not
 * grow with depth: https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf,
 * section 2.3.
 */
import { slotName } from "../../../core/slot.ts";
import { type ModelConfig, parseConfig } from "../../model/parseConfig.ts";
import { modelSlots, type Part, slotParts } from "../../model/parts.ts";
import type { ModelSpec } from "../../model/spec.ts";
import type { SlotSource } from "../../slotSource.ts";
import { RandomSource } from "../random.ts";
import { type MemoryTensor, memorySource } from "./memorySource.ts";
import { tensorNames } from "./tensorNames.ts";

export interface RandomModelOptions {
  readonly config: ModelConfig;
  readonly seed: number;
  /** Standard deviation of matrices. Default: `initializer_range` of the config, or 0.02. */
  readonly deviation?: number;
}

/** Throws what `parseConfig` throws, and `training_option_invalid` for an architecture without names of its own. */
export function randomModel({ config, seed, deviation }: RandomModelOptions): SlotSource {
  const spec = parseConfig(config);
  const range = config.initializer_range;
  const spread = deviation ?? (typeof range === "number" && range > 0 ? range : 0.02);
  const tensors = new Map<string, MemoryTensor>();
  for (const slot of modelSlots(spec)) {
    for (const part of slotParts(spec, slot.kind)) {
      const values = initialValues(spec, slotName(slot), part, seed, spread);
      const names = tensorNames(spec, slot, part.name);
      const [outputs = 1, ...rest] = part.shape;
      const size = values.length / names.length;
      for (const [i, name] of names.entries()) {
        const shape = [outputs / names.length, ...rest];
        tensors.set(name, { shape, values: values.subarray(i * size, (i + 1) * size) });
      }
    }
  }
  return memorySource(config, `random-${seed}`, tensors);
}

function initialValues(spec: ModelSpec, slot: string, part: Part, seed: number, deviation: number): Float32Array {
  const length = part.shape.reduce((count, size) => count * size, 1);
  if (part.name.endsWith(".bias")) return new Float32Array(length);
  if (part.shape.length === 1) return new Float32Array(length).fill(1);
  const intoStream = part.name === "output.weight" || part.name === "down.weight";
  const scaled = intoStream ? deviation / Math.sqrt(2 * spec.layers.length) : deviation;
  return new RandomSource(seed, `${slot} ${part.name}`).normal(length, scaled);
}
