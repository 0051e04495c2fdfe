/** Finds the configuration file and resolves the configuration of this process. */
import { AiBlockError, errorCode } from "../errors.ts";
import { type ConfigFile, readConfigFile } from "./file.ts";
import { defaultConfigFile } from "./folders.ts";
import { CONFIG_FILE_VARIABLE, type ResolvedConfig, resolveConfig } from "./resolve.ts";

export interface LoadConfigInput {
  /** Flags by attribute name; `config` names the configuration file. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The configuration. The file is the one that `--config` names, else `AI_BLOCK_CONFIG`, else
 * `$XDG_CONFIG_HOME/ai-block/config.json` if it exists.
 * Throws `bad_config`, `bad_config_file`, or `config_file_missing` for a file that was named.
 */
export function loadConfig({ flags, env }: LoadConfigInput): ResolvedConfig {
  return resolveConfig({ flags, env, file: findFile(flags.config, env) });
}

function findFile(flag: unknown, env: LoadConfigInput["env"]): ConfigFile | undefined {
  if (flag !== undefined && typeof flag !== "string") {
    throw new AiBlockError("bad_argument", `--config: expected a path, got ${typeof flag}`);
  }
  const named = flag ?? (env[CONFIG_FILE_VARIABLE] || undefined);
  if (named !== undefined) return readConfigFile(named);
  try {
    return readConfigFile(defaultConfigFile(env));
  } catch (error) {
    if (errorCode(error) === "config_file_missing") return undefined;
    throw error;
  }
}
