/** Floating-point operations of a training step that its matrix products cannot do without. */
import type { ModelSpec } from "../../../src/moe/model/spec.ts";
import type { Batch } from "../../../src/moe/training/batch/batch.ts";
import { countTargets } from "../../../src/moe/training/batch/batch.ts";

/**
 * Two for each multiplication and addition of the forward pass, times three: the backward pass has two products for each
 * one. Experts of the last layer are needed on rows that predict a target. Padding, what a causal mask hides, norms,
 * activations, the optimiser and anything computed twice do not count.
 */
export function stepOperations(spec: ModelSpec, batch: Batch): number {
  const { hiddenSize, vocabSize, experts, layers, attention } = spec;
  if (attention.kind === "latent") throw new TypeError("operations: expected attention with heads of its own");
  const { heads, keyValueHeads, headDim } = attention;
  const projections = 2 * hiddenSize * headDim * (heads + keyValueHeads);
  const chosen = 3 * experts.perToken * hiddenSize * experts.intermediateSize;
  const router = hiddenSize * experts.count;
  const perPosition = layers.length * (projections + router) + (layers.length - 1) * chosen;
  let products = countTargets(batch) * (hiddenSize * vocabSize + chosen);
  for (const { length } of batch.sequences) {
    // Scores and weighted values: position t sees t + 1 positions.
    const seen = (length * (length + 1)) / 2;
    products += length * perPosition + layers.length * 2 * seen * heads * headDim;
  }
  return 3 * 2 * products;
}
