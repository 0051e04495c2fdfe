/** The `rope_scaling` of a `config.json` from a GGUF file: keys under `rope.scaling.`, or factors in tensors. */
import { defined, type GgufReader } from "./ggufReader.ts";
import { yarnScale } from "./ropeConfig.ts";

/** Throws `gguf_metadata_invalid`, and what reading a tensor throws. */
export async function ggufRopeScaling(reader: GgufReader): Promise<Record<string, unknown>> {
  const long = await reader.floats("rope_factors_long.weight");
  const short = await reader.floats("rope_factors_short.weight");
  const divisors = await reader.floats("rope_freqs.weight");
  const original = reader.natural("rope.scaling.original_context_length");
  if (long !== undefined && short !== undefined) {
    const scale = longRopeScale(reader, original);
    return defined({
      rope_type: "longrope",
      long_factor: long,
      short_factor: short,
      attention_factor: scale,
      original_max_position_embeddings: original,
    });
  }
  if (divisors !== undefined) {
    // Any rule that divides each frequency by a number of its own, for example Llama 3's.
    return { rope_type: "longrope", long_factor: divisors, short_factor: divisors, attention_factor: 1 };
  }
  // A factor without a type is linear, and so is the key's older name.
  const factor = reader.number("rope.scaling.factor") ?? reader.number("rope.scale_linear");
  const kind = reader.text("rope.scaling.type") ?? "linear";
  if (kind === "linear" && factor) return { rope_type: "linear", factor };
  return kind === "yarn" ? yarn(reader, factor, original) : { rope_type: "default" };
}

/** What all published checkpoints of Phi-MoE have as `short_mscale` and `long_mscale`. */
const PHI_MOE_SCALE = 1.243163121016122;

/**
 * The file has one attention factor where config.json may have two. For Phi-MoE llama.cpp's converter does not write
 * the model's factors but the general rule's value, sqrt(1 + ln(positions / original) / ln(original)): that value is
 * taken as absent.
 */
function longRopeScale(reader: GgufReader, original: number | undefined): number {
  const stated = reader.number("rope.scaling.attn_factor") ?? 1;
  const positions = reader.natural("context_length");
  if (reader.architecture !== "phimoe" || !original || !positions || positions <= original) return stated;
  const general = Math.sqrt(1 + Math.log(positions / original) / Math.log(original));
  return Math.abs(stated - general) < 1e-6 ? PHI_MOE_SCALE : stated;
}

function yarn(reader: GgufReader, factor: number | undefined, original: number | undefined): Record<string, unknown> {
  // llama.cpp stores a tenth of the weight of the temperature.
  const weight = reader.number("rope.scaling.yarn_log_multiplier");
  const mscale = weight === undefined ? undefined : 10 * weight;
  // One key holds the whole attention factor, the other one what YaRN's own is multiplied by.
  const own = reader.number("rope.scaling.attn_factor");
  const product = own === undefined || factor === undefined ? undefined : own * yarnScale(factor, 1);
  return defined({
    rope_type: "yarn",
    factor,
    original_max_position_embeddings: original,
    beta_fast: reader.number("rope.scaling.yarn_beta_fast"),
    beta_slow: reader.number("rope.scaling.yarn_beta_slow"),
    mscale,
    mscale_all_dim: mscale,
    attention_factor: reader.number("rope.scaling.yarn_attn_factor") ?? product,
    // Not in the file: a property of the architecture.
    truncate: reader.architecture !== "gpt-oss",
  });
}
