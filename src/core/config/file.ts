/** The configuration file: JSON with the nested keys of options.ts. */
import { AiBlockError, errorCode, errorMessage } from "../errors.ts";
import { didYouMean } from "../nearest.ts";
import { isOption, type OptionTree } from "./options.ts";
import { readSmallFile } from "./readSmallFile.ts";
import type { ConfigProblem, ValueSource } from "./resolve.ts";

const MAX_CONFIG_FILE_BYTES = 1024 * 1024;

export interface ConfigFile {
  readonly path: string;
  readonly value: unknown;
}

/** The parsed file. Throws `config_file_missing` or `bad_config_file`. */
export function readConfigFile(path: string): ConfigFile {
  try {
    return { path, value: parseJson(readSmallFile(path, MAX_CONFIG_FILE_BYTES)) };
  } catch (error) {
    const code = errorCode(error) === "ENOENT" ? "config_file_missing" : "bad_config_file";
    throw new AiBlockError(code, `configuration file ${path}: ${errorMessage(error)}`, { path }, { cause: error });
  }
}

/** The file's values by key path. Keys that are no options are noted in `problems`. */
export function flattenFile(file: ConfigFile, tree: OptionTree, problems: ConfigProblem[]): Map<string, unknown> {
  const source: ValueSource = { kind: "file", name: file.path };
  const values = new Map<string, unknown>();
  const visit = (node: OptionTree, value: unknown, path: readonly string[]): void => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      problems.push({ key: path.join(".") || "(the whole file)", source, message: "expected an object" });
      return;
    }
    const names = knownNames(node);
    for (const [name, inner] of Object.entries(value)) {
      const key = [...path, name];
      const child = Object.hasOwn(node, name) ? node[name]! : undefined;
      if (!names.includes(name)) {
        problems.push({ key: key.join("."), source, message: `there is no such option${didYouMean(name, names)}` });
      } else if (child === undefined || isOption(child)) {
        values.set(key.join("."), inner);
      } else {
        visit(child, inner, key);
      }
    }
  };
  visit(tree, file.value, []);
  return values;
}

/** The names that may stand at a level: options, groups, and `…File` for secrets. */
function knownNames(node: OptionTree): string[] {
  return Object.entries(node).flatMap(([name, child]) =>
    isOption(child) && child.secret ? [name, `${name}File`] : [name],
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The message quotes the text, which may hold a secret; the position is enough.
    const position = /position \d+(?: \(line \d+ column \d+\))?/.exec(errorMessage(error));
    throw new Error(`expected JSON, got something else${position === null ? "" : ` at ${position[0]}`}`);
  }
}
