/**
 * Ceilings for what a config may declare, checked before anything is computed from it. Each is far above any published
 * model, and products of them stay below 2^53.
 */
import { MAX_EXPERTS_PER_LAYER, MAX_LAYERS } from "../../core/slot.ts";

export const MAX_CONFIG_BYTES = 1024 * 1024;

export const LIMITS = {
  layers: MAX_LAYERS,
  experts: MAX_EXPERTS_PER_LAYER,
  hiddenSize: 65_536,
  intermediateSize: 1_048_576,
  vocabSize: 4_194_304,
  heads: 1024,
  headDim: 4096,
  rank: 65_536,
  positions: 2 ** 31,
  window: 2 ** 31,
} as const;
