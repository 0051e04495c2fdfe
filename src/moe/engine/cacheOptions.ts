/**
 * What of an engine's work outlives it, by precision, when a program gives it a folder without asking its user.
 *
 * Quantised weights are kept: making them anew takes longer than reading them, and they are smaller than the checkpoint.
 * Float32 weights are not, only compiled code. Measured on two cores, from the start to the first token: the demo model
 * 0.72 s without a folder, 0.58 s with compiled code (1 MB). Kept weights would help large models, for a second copy of
 * the model on the disk at 4 bytes a weight: of 1 GB in 16 bits, 0.9 GB for the experts of one answer, 8.8 s became 1.6 s,
 * but 16 s the first time. On a disk that they fill the node could store no blocks.
 */
import type { EngineOptions, Precision } from "./options.ts";

export function cacheOptions(
  precision: Precision,
  cacheFolder: string,
): Pick<EngineOptions, "cacheFolder" | "minQuantisedSaving"> {
  return precision === "f32" ? { cacheFolder, minQuantisedSaving: Number.POSITIVE_INFINITY } : { cacheFolder };
}
