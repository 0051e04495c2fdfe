/** From the text of a `config.json` to a `ModelSpec`. The config is untrusted: everything is checked by name and range. */
import { readDeepseekV2, readDeepseekV3 } from "./architectures/deepseek.ts";
import { readGptOss } from "./architectures/gptOss.ts";
import { readGraniteMoe } from "./architectures/graniteMoe.ts";
import { readMixtral } from "./architectures/mixtral.ts";
import { readOlmoe } from "./architectures/olmoe.ts";
import { readPhiMoe } from "./architectures/phiMoe.ts";
import { readQwen2Moe, readQwen3Moe } from "./architectures/qwenMoe.ts";
import { ConfigReader, checkText } from "./configReader.ts";
import { configError, modelError } from "./errors.ts";
import { MAX_CONFIG_BYTES } from "./limits.ts";
import { ARCHITECTURES, type Architecture, type ModelSpec } from "./spec.ts";

/** A parsed `config.json`. Keys of nested objects are read through `ConfigReader`, never by plain property access. */
export type ModelConfig = Readonly<Record<string, unknown>>;

const READERS: { readonly [A in Architecture]: (config: ConfigReader) => ModelSpec } = {
  mixtral: readMixtral,
  olmoe: readOlmoe,
  qwen2_moe: readQwen2Moe,
  qwen3_moe: readQwen3Moe,
  deepseek_v2: readDeepseekV2,
  deepseek_v3: readDeepseekV3,
  gpt_oss: readGptOss,
  granitemoe: readGraniteMoe,
  phimoe: readPhiMoe,
};

/** Class names as `architectures` lists them. `PhiMoEForCausalLM` is what the first published Phi checkpoints say. */
const CLASSES: ReadonlyMap<string, Architecture> = new Map([
  ["MixtralForCausalLM", "mixtral"],
  ["OlmoeForCausalLM", "olmoe"],
  ["Qwen2MoeForCausalLM", "qwen2_moe"],
  ["Qwen3MoeForCausalLM", "qwen3_moe"],
  ["DeepseekV2ForCausalLM", "deepseek_v2"],
  ["DeepseekV3ForCausalLM", "deepseek_v3"],
  ["GptOssForCausalLM", "gpt_oss"],
  ["GraniteMoeForCausalLM", "granitemoe"],
  ["PhimoeForCausalLM", "phimoe"],
  ["PhiMoEForCausalLM", "phimoe"],
]);

/** Throws `config_unreadable` for text that is not one JSON object of at most 1 MiB. */
export function parseConfigText(text: string): ModelConfig {
  if (text.length > MAX_CONFIG_BYTES) {
    throw modelError("config_unreadable", `config.json: expected at most ${MAX_CONFIG_BYTES} characters`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw modelError(
      "config_unreadable",
      "config.json: expected a JSON object, got text that does not parse",
      {},
      { cause },
    );
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as ModelConfig;
  throw modelError("config_unreadable", "config.json: expected a JSON object");
}

/** Throws `architecture_unsupported`, `config_invalid` or `config_unsupported`; the latter two name the key. */
export function parseConfig(config: ModelConfig): ModelSpec {
  const reader = new ConfigReader(new Map(Object.entries(config)));
  const architecture = readArchitecture(reader);
  const quantisation = reader.object("quantization_config");
  if (quantisation !== undefined && architecture !== "gpt_oss") {
    const method = quantisation.textOrNone("quant_method");
    throw configError("config_unsupported", "quantization_config.quant_method", "no quantisation", method);
  }
  const layers = reader.object("per_layer_config");
  if (layers !== undefined && layers.size > 0) {
    throw configError("config_unsupported", "per_layer_config", "the same values for all layers", {});
  }
  return READERS[architecture](reader);
}

/**
 * By `model_type`, as the reference library does: the class may be that of the model without its head, or one's own.
 * Else by the class, which may be known where the type is another's name for the same model.
 */
function readArchitecture(config: ConfigReader): Architecture {
  const classes = config.list("architectures", checkText) ?? [];
  const type = config.textOrNone("model_type");
  const byType = ARCHITECTURES.find((name) => name === type);
  const byClass = classes.map((name) => CLASSES.get(name)).find((name) => name !== undefined);
  const found = byType ?? byClass;
  if (found !== undefined) return found;
  throw modelError(
    "architecture_unsupported",
    `config.json: architectures: expected one of ${[...CLASSES.keys()].join(", ")}, got ${JSON.stringify(
      classes.length > 0 ? classes.slice(0, 4) : (type ?? "nothing"),
    ).slice(0, 200)}`,
    { field: classes.length > 0 ? "architectures" : "model_type" },
  );
}
