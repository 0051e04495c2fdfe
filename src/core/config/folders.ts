/**
 * Where a node keeps its things when nobody says otherwise: in a checkout below the checkout, installed in the folders
 * of the XDG base directory specification (on Windows in the local application data), with the network's name in the path.
 * Keys are kept with the configuration, apart from the data that people copy and share.
 */
import { homedir } from "node:os";
import { join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { DefaultContext } from "./option.ts";

/** The folder of this program: a checkout, or a package that npm installed. */
export const PACKAGE_FOLDER = fileURLToPath(new URL("../../../", import.meta.url));

/** Whether this is a checkout and not a package that npm installed. */
export function isCheckout(packageFolder = PACKAGE_FOLDER): boolean {
  return !packageFolder.split(sep).includes("node_modules");
}

/** `data/node/<network>` in a checkout, else `$XDG_DATA_HOME/ai-block/<network>`. */
export function defaultDataFolder({ env, network }: DefaultContext, packageFolder = PACKAGE_FOLDER): string {
  if (isCheckout(packageFolder)) return resolve(packageFolder, "data", "node", network);
  return join(baseFolder(env, "XDG_DATA_HOME", [".local", "share"]), "ai-block", network);
}

/** `$XDG_CONFIG_HOME/ai-block/<network>`. */
export function defaultKeyFolder({ env, network }: DefaultContext): string {
  return join(configFolder(env), network);
}

/** `$XDG_CONFIG_HOME/ai-block/config.json`. */
export function defaultConfigFile(env: DefaultContext["env"]): string {
  return join(configFolder(env), "config.json");
}

function configFolder(env: DefaultContext["env"]): string {
  return join(baseFolder(env, "XDG_CONFIG_HOME", [".config"]), "ai-block");
}

/** The specification: a variable that is not an absolute path is ignored. */
function baseFolder(env: DefaultContext["env"], variable: string, fallback: readonly string[]): string {
  const value = env[variable];
  if (value !== undefined && resolve(value) === value) return value;
  const local = env.LOCALAPPDATA;
  if (process.platform === "win32" && local !== undefined && local !== "") return local;
  return join(homedir(), ...fallback);
}
