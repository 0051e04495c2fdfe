/** `config.json` beside the weights, as far as identification needs it. An unknown architecture is no error here. */
import { join } from "node:path";
import { errorCode } from "../../core/errors.ts";
import { type OpenFileOptions, openFile } from "../formats/byteSource.ts";
import { ConfigReader } from "../model/configReader.ts";
import { type ModelConfig, parseConfig, parseConfigText } from "../model/parseConfig.ts";
import type { MoeFacts } from "./report.ts";

const MAX_CONFIG_BYTES = 1024 * 1024;

export interface ConfigFacts {
  /** The class name that the config gives, or its model type. */
  readonly architecture: string | null;
  readonly moe: MoeFacts | null;
  readonly maxPositions: number | null;
  /** Code with which the model's description was refused, if it was. */
  readonly refusal: string | null;
}

/** `undefined` when there is no readable `config.json` in `folder`. */
export async function readConfigFacts(folder: string, options: OpenFileOptions): Promise<ConfigFacts | undefined> {
  const text = await readConfigText(join(folder, "config.json"), options);
  if (text === undefined) return undefined;
  try {
    return configFacts(parseConfigText(text));
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return { architecture: null, moe: null, maxPositions: null, refusal: errorCode(error) as string };
  }
}

function configFacts(config: ModelConfig): ConfigFacts {
  const reader = new ConfigReader(new Map(Object.entries(config)));
  const classes: unknown = config.architectures;
  const first: unknown = Array.isArray(classes) ? classes[0] : undefined;
  const architecture = typeof first === "string" ? first : (reader.textOrNone("model_type") ?? null);
  try {
    const { experts, layers, maxPositions } = parseConfig(config);
    const sparse = layers.filter(({ feedForward }) => feedForward === "experts").length;
    const moe = { layers: sparse, experts: experts.count, expertsPerToken: experts.perToken };
    return { architecture, moe, maxPositions, refusal: null };
  } catch (error) {
    const code = errorCode(error);
    if (code === undefined) throw error;
    return { architecture, moe: null, maxPositions: null, refusal: code };
  }
}

async function readConfigText(path: string, options: OpenFileOptions): Promise<string | undefined> {
  try {
    const source = await openFile(path, options);
    try {
      if (source.byteLength > MAX_CONFIG_BYTES) return undefined;
      return new TextDecoder("utf-8", { fatal: true }).decode(await source.read(0, source.byteLength));
    } finally {
      await source.close();
    }
  } catch {
    return undefined;
  }
}
