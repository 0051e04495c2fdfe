/**
 * What a GGUF file holds beyond the architecture it names: llama.cpp uses one name for families of models, so a file
 * may ask for computations that the architecture here does not have. Leaving them out would give wrong text without a
 * word, so such files are refused.
 */
import { configError, modelError } from "./errors.ts";
import type { GgufReader } from "./ggufReader.ts";
import { type FeedForwardKind, sourceTables } from "./partSources.ts";
import { slotParts } from "./parts.ts";
import type { ModelSpec } from "./spec.ts";

/** Keys that change the computation whenever they are there and not zero. */
const STRANGE_KEYS = [
  "attention.temperature_scale",
  "attention.max_alibi_bias",
  "attn_logit_softcapping",
  "final_logit_softcapping",
  "router_logit_softcapping",
  "rope.scaling.alpha",
  "rope.scaling.yarn_ext_factor",
] as const;

/** Tables of frequencies that follow from the config, and layers for drafting several tokens at once. */
const HARMLESS = /^(?:rope_|blk\.\d+\.(?:attn_rot_embd|nextn)\.)/;

/** Throws `config_unsupported`, naming the key. */
export function refuseStrangeKeys(reader: GgufReader): void {
  for (const key of STRANGE_KEYS) {
    const value = reader.number(key);
    const neutral = key === "rope.scaling.yarn_ext_factor" ? value === 1 || value === -1 : !value;
    if (value !== undefined && !neutral) throw configError("config_unsupported", reader.field(key), "no value", value);
  }
  const base = reader.number("rope.freq_base_swa");
  if (base !== undefined && base !== reader.number("rope.freq_base")) {
    throw configError("config_unsupported", reader.field("rope.freq_base_swa"), "the value of rope.freq_base", base);
  }
}

/** Throws `config_unsupported` for a tensor in one of the model's layers that no part of the model is made from. */
export function refuseStrangeTensors(reader: GgufReader, spec: ModelSpec): void {
  const known = knownForms(spec);
  for (const name of reader.source.tensors.keys()) {
    const layer = Number(/^blk\.(\d+)\./.exec(name)?.[1] ?? 0);
    if (layer >= spec.layers.length || HARMLESS.test(name) || known.has(form(name))) continue;
    throw modelError(
      "config_unsupported",
      `tensor ${name.slice(0, 80)}: a model of the architecture ${reader.architecture} as implemented here has none`,
      { field: "general.architecture", tensor: name.slice(0, 80) },
    );
  }
}

const KINDS = ["embedding", "attention", "router", "expert", "shared", "mlp", "head"] as const;

/** The names that tensors of this model may have, with layers and experts as `form` writes them. */
function knownForms(spec: ModelSpec): ReadonlySet<string> {
  const { common, feedForward } = sourceTables(spec.architecture, "gguf");
  const used = (kind: (typeof KINDS)[number]) =>
    (kind !== "shared" || spec.shared !== undefined) &&
    (kind !== "mlp" || spec.layers.some((layer) => layer.feedForward === "dense"));
  return new Set(
    KINDS.filter(used).flatMap((kind) =>
      slotParts(spec, kind).flatMap(({ name }) => {
        const own = kind in feedForward ? feedForward[kind as FeedForwardKind].get(name) : undefined;
        return (own ?? common.get(name) ?? []).flatMap(({ tensors }) => tensors);
      }),
    ),
  );
}

function form(name: string): string {
  return name.replace(/^blk\.\d+\./, "blk.{L}.").replace(/\.\d+\.(?=weight$|bias$)/, ".{E}.");
}
