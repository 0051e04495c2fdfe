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
    checkDirectQueries(spec);
  }
  if (architecture === "olmoe" && attention.kind === "heads" && attention.heads !== attention.keyValueHeads) {
    throw unsupported(architecture, "fewer key and value heads than query heads");
  }
  if (attention.kind === "heads" && ["qwen2_moe", "olmoe", "phimoe"].includes(architecture)) {
    if (attention.heads * attention.headDim !== spec.hiddenSize) throw unsupported(architecture, "this head_dim");
  }
  checkRope(spec);
  const silu = spec.activation.kind === "clamped-swiglu" || spec.activation.function === "silu";
  if (!silu) throw unsupported(architecture, "an activation other than SiLU");
}

/** llama.cpp tells queries without compression by these sizes alone: DeepSeek-V2-Lite and its relatives. */
function checkDirectQueries({ architecture, attention, layers, vocabSize }: ModelSpec): void {
  if (attention.kind !== "latent" || attention.queryRank !== undefined) return;
  const known = layers.length === 26 || layers.length === 27 || (layers.length === 48 && vocabSize === 128_256);
  if (!known) throw unsupported(architecture, `uncompressed queries in a model of ${layers.length} layers`);
}

/** Scaling by lists of factors is read for a few architectures only; temperatures must be those that it computes. */
function checkRope({ architecture, attention, rope }: ModelSpec): void {
  const granite = architecture === "granitemoe";
  if (rope === undefined) {
    if (!granite) throw unsupported(architecture, "attention without positions");
    return;
  }
  const { scaling } = rope;
  if (scaling.kind === "proportional") throw unsupported(architecture, "positions that turn only a part of each head");
  if (scaling.kind === "llama3") throw unsupported(architecture, "Llama 3's scaling of rotary positions");
  if (scaling.kind === "longrope" && !granite && architecture !== "mixtral" && architecture !== "phimoe") {
    throw unsupported(architecture, "LongRoPE");
  }
  if (attention.kind !== "latent") return;
  if (!rope.interleaved) throw unsupported(architecture, "rotation of halves in latent attention");
  if (scaling.kind === "yarn" && Math.abs(scaling.attentionFactor - 1) > 1e-6) {
    throw unsupported(architecture, "YaRN with different temperatures for rotation and scores");
  }
}

/** In words, what llama.cpp will compute differently; empty when nothing is known. */
export function knownDifferences(spec: ModelSpec): string[] {
  const { architecture, attention, router, rope, layers, norm } = spec;
  const found: string[] = [];
  if (norm.kind === "layer") found.push("norms do not subtract the mean");
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
