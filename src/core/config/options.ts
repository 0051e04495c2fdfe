/**
 * All configuration options of a node, each declared once. The key path `http.port` gives the flag `--http-port`, the
 * variable `AI_BLOCK_HTTP_PORT` and the place { "http": { "port": … } } in the configuration file.
 * Add an option here, run `node scripts/docs/config.ts`, and read it from the resolved configuration.
 */
import { join } from "node:path";
import { defaultDataFolder, defaultKeyFolder, PACKAGE_FOLDER } from "./folders.ts";
import {
  choiceOption,
  integerOption,
  listOption,
  type Option,
  optionalBytesOption,
  optionalIntegerOption,
  optionalPathOption,
  pathOption,
  secretOption,
  switchOption,
  textOption,
} from "./option.ts";

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
const LOG_FORMATS = ["auto", "text", "json"] as const;
export const PRECISIONS = ["f32", "q8", "q4"] as const;
export const EXECUTION_PROVIDERS = ["cpu", "cuda", "webgpu"] as const;

const HOST = /^[A-Za-z0-9.:_-]{1,255}$/;

export const OPTIONS = {
  network: textOption(
    {
      description: "Name of the network. Nodes of different networks do not talk to each other or share folders.",
      fallback: "main",
    },
    /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/,
    "1 to 32 lower-case letters, digits and inner hyphens",
  ),
  dataDir: pathOption({
    description: "Folder for blocks, payloads and caches.",
    fallback: defaultDataFolder,
    fallbackText: "`data/node/<network>` in a checkout, else `$XDG_DATA_HOME/ai-block/<network>`",
  }),
  keyFile: pathOption({
    description: "Key file that signs the blocks you publish.",
    fallback: (context) => join(defaultKeyFolder(context), "author.json"),
    fallbackText: "`$XDG_CONFIG_HOME/ai-block/<network>/author.json`",
  }),
  passphrase: secretOption({ description: "Passphrase of the key files. Without one they hold the key in plain." }),
  log: {
    level: choiceOption({ description: "Least important messages that are logged.", fallback: "info" }, LOG_LEVELS),
    format: choiceOption(
      {
        description: "`text` is one readable line a message, `json` one object; `auto` is text on a terminal.",
        fallback: "auto",
      },
      LOG_FORMATS,
    ),
    file: optionalPathOption({ description: "File that gets the log as JSON lines, besides stderr." }),
  },
  http: {
    host: textOption(
      {
        description:
          "Address on which the node answers HTTP. Other machines reach it only when this is not a loopback address.",
        fallback: "127.0.0.1",
      },
      HOST,
      "a host name or an IP address",
    ),
    port: integerOption({ description: "Port for HTTP; 0 takes a free one.", fallback: 8000 }, 0, 65_535),
    frontend: pathOption({
      description: "Folder with the web pages.",
      fallback: () => join(PACKAGE_FOLDER, "frontend"),
      fallbackText: "the pages that come with AI-Block",
    }),
    apiKeys: optionalPathOption({
      description: "Folder of the API keys that `ai-block keys` makes. Without the folder nobody is asked for a key.",
      fallbackText: "`api-keys` in the data folder",
    }),
    insecure: switchOption({
      description: "Answer other machines without API keys: everybody who reaches the node can use it.",
      fallback: false,
    }),
    allowedHosts: listOption(
      { description: "Other names of this node that requests may ask for." },
      HOST,
      "host names",
    ),
    allowedOrigins: listOption(
      { description: "Other web sites whose pages may use this node." },
      /^https?:\/\/[A-Za-z0-9.:_[\]-]{1,255}$/,
      "origins such as https://chat.example",
    ),
    metricsPort: optionalIntegerOption(
      { description: "Port of the loopback interface for `/metrics`, instead of the main one." },
      0,
      65_535,
    ),
    requestsPerMinute: optionalIntegerOption({ description: "Most requests of one caller in a minute." }, 1, 1e9),
    tokensPerMinute: optionalIntegerOption({ description: "Most tokens of one caller in a minute." }, 1, 1e12),
    uploads: integerOption({ description: "Most unfinished uploads of one caller.", fallback: 4 }, 1, 32),
    streams: optionalIntegerOption({ description: "Most answers of one caller at the same time." }, 1, 1e6),
  },
  modelFolder: optionalPathOption({
    description: "Checkpoint folder or GGUF file that `start` publishes and serves, instead of the demo model.",
  }),
  engine: {
    precision: choiceOption(
      { description: "How weights are held: q8 and q4 take less memory and are less exact.", fallback: "f32" },
      PRECISIONS,
    ),
    executionProvider: choiceOption({ description: "What computes.", fallback: "cpu" }, EXECUTION_PROVIDERS),
    threads: optionalIntegerOption(
      {
        description: "Computing threads. The last digits of numbers depend on it above 2.",
        fallbackText: "one for small models, else up to 2",
      },
      1,
      16,
    ),
    expertBudget: optionalBytesOption({
      description: "Most memory for experts; the least recently used ones go.",
      fallbackText: "no limit",
    }),
  },
  chat: {
    concurrency: integerOption(
      { description: "Answers that are computed together; more wait their turn.", fallback: 16 },
      1,
      256,
    ),
    maxWaiting: integerOption(
      { description: "Requests that may wait; more are told to come back later.", fallback: 256 },
      1,
      10_000,
    ),
  },
} as const satisfies OptionTree;

export interface OptionTree {
  readonly [key: string]: AnyOption | OptionTree;
}

/** An option whatever its type: its values are only taken out of it, and checked. */
export type AnyOption = Option<unknown>;

type ValuesOf<T> = T extends Option<infer V> ? V : { readonly [K in keyof T]: ValuesOf<T[K]> };

/** The resolved configuration: `config.http.port`. */
export type Config = ValuesOf<typeof OPTIONS>;

export interface OptionEntry {
  /** `http.port`, also the path in the configuration file. */
  readonly key: string;
  /** `--http-port`; of a secret, `--passphrase-file`. */
  readonly flag: string;
  /** The flag's name as commander gives it: `httpPort`. */
  readonly attribute: string;
  /** `AI_BLOCK_HTTP_PORT`. */
  readonly variable: string;
  readonly option: AnyOption;
}

export const ENV_PREFIX = "AI_BLOCK_";

/** The options of `tree` in the order of their declaration, with their names. */
export function listOptions(tree: OptionTree = OPTIONS, path: readonly string[] = []): OptionEntry[] {
  return Object.entries(tree).flatMap(([name, node]) => {
    const keys = [...path, name];
    return isOption(node) ? [entry(keys, node)] : listOptions(node, keys);
  });
}

export function isOption(node: AnyOption | OptionTree): node is AnyOption {
  return typeof node.fromText === "function";
}

function entry(path: readonly string[], option: AnyOption): OptionEntry {
  const words = path.flatMap((name) => name.split(/(?=[A-Z])/)).map((word) => word.toLowerCase());
  const flagWords = option.secret ? [...words, "file"] : words;
  return {
    key: path.join("."),
    flag: `--${flagWords.join("-")}`,
    attribute: flagWords.map((word, i) => (i === 0 ? word : word[0]!.toUpperCase() + word.slice(1))).join(""),
    variable: ENV_PREFIX + words.join("_").toUpperCase(),
    option,
  };
}
