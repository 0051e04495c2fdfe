/**
 * Where llama.cpp computes something else than the model says, or cannot load it at all. An export would load and give
 * other numbers without a word, so these are found beforehand.
 */
import { formatError } from "../../formats/errors.ts";
import type { ModelSpec } from "../../model/spec.ts";
import { leadingDense } from "./hyperparameters.ts";

/** llama.cpp fixes for each architecture whether the chosen experts' weights are renormalised; DeepSeek's is a key. */
const NORMALISES: ReadonlyMap<string, boolean> = new Map([
  ["mixtral", true],
  ["olmoe", false],
  ["qwen2_moe", false],
  ["qwen3_moe", true],
]);

/** Throws `export_unsupported` for what llama.cpp has no place for. */
export function checkExportable(spec: ModelSpec): void {
  const { architecture, layers, attention } = spec;
  const dense = leadingDense(layers);
  const scattered = layers.slice(dense).some((layer) => layer.feedForward === "dense");
  if (scattered || (dense > 0 && attention.kind !== "latent")) {
    throw unsupported(architecture, "layers without experts between those with experts");
  }
  if (attention.kind === "latent") {
    if (attention.bias) throw unsupported(architecture, "biases in latent attention");
    if (spec.shared === undefined) throw unsupported(architecture, "no shared expert");
  }
  if (architecture === "olmoe" && attention.kind === "heads" && attention.heads !== attention.keyValueHeads) {
    throw unsupported(architecture, "fewer key and value heads than query heads");
  }
  if (attention.kind === "heads" && ["qwen2_moe", "olmoe", "phimoe"].includes(architecture)) {
    if (attention.heads * attention.headDim !== spec.hiddenSize) throw unsupported(architecture, "this head_dim");
  }
  const silu = spec.activation.kind === "clamped-swiglu" || spec.activation.function === "silu";
  if (!silu) throw unsupported(architecture, "an activation other than SiLU");
}

/** In words, what llama.cpp will compute differently; empty when nothing is known. */
export function knownDifferences(spec: ModelSpec): string[] {
  const { architecture, attention, router, rope, layers } = spec;
  const found: string[] = [];
  const fixed = NORMALISES.get(architecture);
  if (router.kind === "softmax" && fixed !== undefined && router.normalise !== fixed) {
    found.push(`weights of the chosen experts are ${fixed ? "" : "not "}renormalised`);
  }
  if (router.kind === "sparsemixer") found.push("experts are weighted by a plain softmax instead of sparse mixing");
  if (router.kind === "softmax" && (router.groups?.count ?? 1) > 1) {
    found.push("expert groups are ranked by their two best experts instead of the best one");
  }
  if (attention.kind === "heads" && attention.clip !== undefined)
    found.push("queries, keys and values are not clipped");
  if (architecture !== "gpt_oss" && layers.some((layer) => layer.window !== undefined)) {
    found.push("the sliding window is ignored");
  }
  if (rope?.scaling.kind === "yarn" && !rope.scaling.truncate)
    found.push("YaRN's limits are rounded to whole dimensions");
  if (rope?.scaling.kind === "longrope" && rope.scaling.shortScale !== rope.scaling.longScale) {
    found.push("short and long sequences have the same attention factor");
  }
  return found;
}

function unsupported(architecture: string, what: string): Error {
  return formatError("export_unsupported", `${architecture}: llama.cpp has no way to express ${what}`, {
    architecture,
  });
}
