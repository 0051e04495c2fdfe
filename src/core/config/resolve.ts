/**
 * Resolves the configuration: flag, then environment, then file, then default. Nothing is saved anywhere else, so what
 * a source says always counts. All mistakes of all sources are collected and thrown at once.
 */
import { AiBlockError } from "../errors.ts";
import { didYouMean } from "../nearest.ts";
import { flattenFile } from "./file.ts";
import { checkGiven, findGiven } from "./given.ts";
import type { DefaultContext } from "./option.ts";
import { type Config, ENV_PREFIX, listOptions, OPTIONS, type OptionEntry, type OptionTree } from "./options.ts";

/** The variable that names the configuration file. */
export const CONFIG_FILE_VARIABLE = `${ENV_PREFIX}CONFIG`;

/** Variables that tests set to make a process fail at a chosen point: they are no configuration. */
const TEST_HOOK_PREFIX = `${ENV_PREFIX}TEST_`;

/** Where a value comes from: `name` is the flag, the variable or the file's path. */
export interface ValueSource {
  readonly kind: "flag" | "environment" | "file" | "default";
  readonly name: string;
}

export interface ConfigProblem {
  readonly key: string;
  readonly source: ValueSource;
  readonly message: string;
}

export interface ConfigInput {
  /** Flags by attribute name (`httpPort`), as commander gives them; others are ignored. */
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The parsed configuration file. */
  readonly file?: { readonly path: string; readonly value: unknown } | undefined;
  /** Folder that relative paths in flags and variables start from. Default: the process's. */
  readonly workingFolder?: string;
}

export interface ResolvedConfig<C = Config> {
  readonly config: C;
  /** By key, for every option. */
  readonly sources: ReadonlyMap<string, ValueSource>;
  /** Values by key, for every option. */
  readonly values: ReadonlyMap<string, unknown>;
  /** Sentences for people: variables with our prefix that mean nothing. */
  readonly warnings: readonly string[];
}

/** Throws `bad_config`, with all mistakes in the message and as `data.problems` (`ConfigProblem[]`). */
export function resolveConfig(input: ConfigInput): ResolvedConfig;
export function resolveConfig(input: ConfigInput, tree: OptionTree): ResolvedConfig<unknown>;
export function resolveConfig(input: ConfigInput, tree: OptionTree = OPTIONS): ResolvedConfig<unknown> {
  const { env = {}, file } = input;
  const problems: ConfigProblem[] = [];
  const entries = listOptions(tree);
  const fromFile = file === undefined ? new Map<string, unknown>() : flattenFile(file, tree, problems);
  const values = new Map<string, unknown>();
  const sources = new Map<string, ValueSource>();
  for (const entry of entries) {
    const given = findGiven(entry, input, fromFile, problems);
    sources.set(entry.key, given?.source ?? { kind: "default", name: "default" });
    values.set(entry.key, given === undefined ? undefined : checkGiven(entry, given, problems));
  }
  if (problems.length > 0) throw badConfig(problems);
  const network = values.get("network") ?? plainFallback(entries, "network");
  for (const { key, option } of entries) {
    if (values.get(key) === undefined) values.set(key, fallbackOf(option.fallback, { env, network: String(network) }));
  }
  return { config: nest(values), sources, values, warnings: unknownVariables(env, entries) };
}

function plainFallback(entries: readonly OptionEntry[], key: string): unknown {
  return entries.find((entry) => entry.key === key)?.option.fallback;
}

function fallbackOf(fallback: unknown, context: DefaultContext): unknown {
  return typeof fallback === "function" ? (fallback as (context: DefaultContext) => unknown)(context) : fallback;
}

/** `{ "http.port": 1 }` as `{ http: { port: 1 } }`. */
function nest(values: ReadonlyMap<string, unknown>): unknown {
  const root: Record<string, unknown> = {};
  for (const [key, value] of values) {
    const path = key.split(".");
    const last = path.pop()!;
    let node = root;
    for (const name of path) {
      node[name] ??= {};
      node = node[name] as Record<string, unknown>;
    }
    node[last] = value;
  }
  return root;
}

function unknownVariables(
  env: Readonly<Record<string, string | undefined>>,
  entries: readonly OptionEntry[],
): string[] {
  const known = new Set([CONFIG_FILE_VARIABLE]);
  for (const { variable, option } of entries) {
    known.add(variable);
    if (option.secret) known.add(`${variable}_FILE`);
  }
  return Object.keys(env)
    .filter((name) => name.startsWith(ENV_PREFIX) && !name.startsWith(TEST_HOOK_PREFIX) && !known.has(name))
    .map((name) => `the variable ${name} means nothing${didYouMean(name, known)}`);
}

function badConfig(problems: readonly ConfigProblem[]): AiBlockError {
  const lines = problems.map(({ key, source, message }) => `  ${key} (${source.name}): ${message}`);
  const count = problems.length === 1 ? "one mistake" : `${problems.length} mistakes`;
  return new AiBlockError("bad_config", `configuration: ${count}\n${lines.join("\n")}`, { problems });
}
